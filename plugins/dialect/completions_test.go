package dialect

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func FuzzCompletionsBody(f *testing.F) { fuzzBody(f, abi.APICompletions) }

func FuzzCompletionsAnswer(f *testing.F) { fuzzAnswer(f, abi.APICompletions) }

func TestCompletionsBodies(t *testing.T) {
	testBodies(t, abi.APICompletions, []bodyCase{
		{file: "request.json", model: "gpt-3.5-turbo-instruct", tokens: [2]int{5, 7}},
		{file: "request_batch.json", model: "davinci", stream: true, tokens: [2]int{5, 5}, total: 8, inputs: 2, needs: []string{abi.NeedStreaming}},
		{file: "request_tokens.json", model: "davinci", tokens: [2]int{4, 4}, total: 5, inputs: 2},
	})
}

func TestCompletionsAnswers(t *testing.T) {
	testAnswers(t, abi.APICompletions, []answerCase{
		{file: "answer.json", verdict: Good, usage: abi.Usage{Input: 5, Output: 7}, complete: true},
		{file: "stream.sse", verdict: Good, usage: abi.Usage{Input: 5, Output: 2}, complete: true},
	})
}
