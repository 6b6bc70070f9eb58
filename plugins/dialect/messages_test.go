package dialect

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func FuzzMessagesBody(f *testing.F) { fuzzBody(f, abi.APIMessages) }

func FuzzMessagesAnswer(f *testing.F) { fuzzAnswer(f, abi.APIMessages) }

func TestMessagesBodies(t *testing.T) {
	testBodies(t, abi.APIMessages, []bodyCase{
		{
			file: "request.json", model: "claude-sonnet-4-5", stream: true, tokens: [2]int{80, 95},
			needs: []string{abi.NeedVision, abi.NeedTools, abi.NeedJSONSchema, abi.NeedStreaming},
		},
		// An object of the model's making that looks like an image is none.
		{file: "request_plain.json", model: "claude-sonnet-4-5", tokens: [2]int{60, 80}},
	})
}

func TestMessagesAnswers(t *testing.T) {
	testAnswers(t, abi.APIMessages, []answerCase{
		{file: "answer.json", verdict: Good, usage: abi.Usage{Input: 3995, Output: 503, Cached: 1800}, complete: true},
		{file: "stream.sse", verdict: Good, usage: abi.Usage{Input: 40, Output: 15, Cached: 5}, complete: true},
		// What the first event states of the output is not the last word.
		{file: "stream_cut.sse", verdict: Good, usage: abi.Usage{Input: 40, Output: 17, Cached: 5, Estimated: true}},
		{file: "stream_overloaded.sse", verdict: Bad, class: abi.ClassServerError, code: "overloaded_error", usage: abi.Usage{Input: 40, Output: 1, Cached: 5, Estimated: true}, complete: true},
		{file: "stream_opening_error.sse", verdict: Bad, class: abi.ClassRateLimited, code: "rate_limit_error", usage: abi.Usage{Input: 25, Output: 1, Estimated: true}, complete: true},
		{file: "error_credit.json", status: 400, verdict: Bad, class: abi.ClassAuth, code: "invalid_request_error", complete: true},
		{file: "stream_error_later.sse", verdict: Good, class: abi.ClassServerError, code: "api_error", usage: abi.Usage{Input: 40, Output: 17, Cached: 5, Estimated: true}, complete: true},
		{file: "error_context.json", status: 400, verdict: Bad, class: abi.ClassContext, code: "invalid_request_error", complete: true},
		{file: "error_content.json", status: 400, verdict: Bad, class: abi.ClassContent, code: "invalid_request_error", complete: true},
		{file: "error_overloaded.json", status: 529, verdict: Bad, class: abi.ClassServerError, code: "overloaded_error", complete: true},
		{file: "error_permission.json", status: 403, verdict: Bad, class: abi.ClassAuth, code: "permission_error", complete: true},
	})
}
