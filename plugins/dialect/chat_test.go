package dialect

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func FuzzChatBody(f *testing.F) { fuzzBody(f, abi.APIChat) }

func FuzzChatAnswer(f *testing.F) { fuzzAnswer(f, abi.APIChat) }

func TestChatBodies(t *testing.T) {
	testBodies(t, abi.APIChat, []bodyCase{
		{file: "request.json", model: "gpt-4o-mini", tokens: [2]int{35, 50}},
		{
			file: "request_stream_tools.json", model: "gpt-4o", stream: true, includeUsage: true, tokens: [2]int{95, 110},
			needs: []string{abi.NeedTools, abi.NeedJSONSchema, abi.NeedStreaming},
		},
		// 12 kB of base64 in an image, in audio and in a file do not count.
		{file: "request_image.json", model: "gpt-4o", tokens: [2]int{50, 110}, needs: []string{abi.NeedVision}},
	})
}

func TestChatAnswers(t *testing.T) {
	testAnswers(t, abi.APIChat, []answerCase{
		{file: "answer.json", verdict: Good, usage: abi.Usage{Input: 19, Output: 10, Cached: 8, Reasoning: 4}, complete: true},
		// 41 bytes of text, and 13 of the words of its frame.
		{file: "answer_no_usage.json", verdict: Good, usage: abi.Usage{Input: 1000, Output: 14, Estimated: true}, complete: true},
		{file: "answer_error_in_success.json", verdict: Bad, class: abi.ClassRateLimited, code: "429", complete: true},
		{file: "stream.sse", verdict: Good, usage: abi.Usage{Input: 1000, Output: 13, Estimated: true}, complete: true},
		{file: "stream_usage.sse", verdict: Good, usage: abi.Usage{Input: 19, Output: 3, Cached: 16, Reasoning: 1}, complete: true},
		{file: "stream_odd.sse", verdict: Good, usage: abi.Usage{Input: 19, Output: 3, Cached: 16, Reasoning: 1}, complete: true},
		{file: "stream_tools.sse", verdict: Good, usage: abi.Usage{Input: 1000, Output: 5, Estimated: true}, complete: true},
		{file: "stream_groq.sse", verdict: Good, usage: abi.Usage{Input: 14, Output: 2}, complete: true},
		{file: "stream_error_first.sse", verdict: Bad, class: abi.ClassServerError, code: "server_error", complete: true},
		{file: "answer_error_flat.json", verdict: Bad, class: abi.ClassNotFound, code: "404", complete: true},
		{file: "stream_opening_error.sse", verdict: Bad, class: abi.ClassServerError, code: "server_error", complete: true},
		{file: "stream_error_later.sse", verdict: Good, class: abi.ClassServerError, code: "502", usage: abi.Usage{Input: 1000, Output: 1, Estimated: true}, complete: true},
		{file: "stream_azure_error.sse", verdict: Bad, class: abi.ClassRateLimited, code: "429", complete: true},
		{file: "error_context.json", status: 400, verdict: Bad, class: abi.ClassContext, code: "context_length_exceeded", complete: true},
		{file: "error_invalid.json", status: 400, verdict: Bad, class: abi.ClassClientError, code: "unsupported_value", complete: true},
		{file: "error_azure_content.json", status: 400, verdict: Bad, class: abi.ClassContent, code: "content_filter", complete: true},
		{file: "error_openrouter_moderation.json", status: 403, verdict: Bad, class: abi.ClassContent, code: "403", complete: true},
		{file: "error_key.json", status: 401, verdict: Bad, class: abi.ClassAuth, code: "invalid_api_key", complete: true},
		{file: "error_model.json", status: 404, verdict: Bad, class: abi.ClassNotFound, code: "model_not_found", complete: true},
		{file: "error_quota.json", status: 429, verdict: Bad, class: abi.ClassAuth, code: "insufficient_quota", complete: true},
		{file: "error_rate.json", status: 429, verdict: Bad, class: abi.ClassRateLimited, code: "rate_limit_exceeded", complete: true},
		{file: "error_vllm_context.json", status: 400, verdict: Bad, class: abi.ClassContext, code: "400", complete: true},
		{file: "error_google_context.json", status: 400, verdict: Bad, class: abi.ClassContext, code: "400", complete: true},
		{file: "error_openrouter_context.json", status: 400, verdict: Bad, class: abi.ClassContext, code: "400", complete: true},
		{file: "error_llamacpp_context.json", status: 400, verdict: Bad, class: abi.ClassContext, code: "400", complete: true},
		{file: "error_groq_too_large.json", status: 413, verdict: Bad, class: abi.ClassContext, code: "rate_limit_exceeded", complete: true},
		{file: "error_fastapi.json", status: 503, verdict: Bad, class: abi.ClassServerError, complete: true},
		{file: "error_page.html", status: 502, verdict: Bad, class: abi.ClassServerError, complete: true},
	})
}
