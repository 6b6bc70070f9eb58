package dialect

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func FuzzEmbeddingsBody(f *testing.F) { fuzzBody(f, abi.APIEmbeddings) }

func FuzzEmbeddingsAnswer(f *testing.F) { fuzzAnswer(f, abi.APIEmbeddings) }

func TestEmbeddingsBodies(t *testing.T) {
	testBodies(t, abi.APIEmbeddings, []bodyCase{
		{file: "request.json", model: "text-embedding-3-small", tokens: [2]int{10, 11}, base64: true},
		// Each input has a window of its own, so the largest counts.
		{file: "request_batch.json", model: "text-embedding-3-small", tokens: [2]int{13, 13}, total: 15, inputs: 2},
		{file: "request_tokens.json", model: "text-embedding-3-small", tokens: [2]int{4, 4}, total: 4},
	})
}

func TestEmbeddingsAnswers(t *testing.T) {
	testAnswers(t, abi.APIEmbeddings, []answerCase{
		{file: "answer.json", verdict: Good, usage: abi.Usage{Input: 8}, complete: true},
		{file: "answer_no_usage.json", verdict: Good, usage: abi.Usage{Input: 1000, Estimated: true}, complete: true},
	})
}
