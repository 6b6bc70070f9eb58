package dialect

import (
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func FuzzResponsesBody(f *testing.F) { fuzzBody(f, abi.APIResponses) }

func FuzzResponsesAnswer(f *testing.F) { fuzzAnswer(f, abi.APIResponses) }

func TestResponsesBodies(t *testing.T) {
	testBodies(t, abi.APIResponses, []bodyCase{
		{
			file: "request.json", model: "gpt-4.1", stream: true, tokens: [2]int{45, 60}, previous: "resp_abc",
			needs: []string{abi.NeedVision, abi.NeedTools, abi.NeedJSONSchema, abi.NeedStreaming},
		},
		{file: "request_plain.json", model: "gpt-4.1", tokens: [2]int{14, 15}},
	})
}

func TestResponsesAnswers(t *testing.T) {
	usage := abi.Usage{Input: 37, Output: 11, Cached: 12, Reasoning: 6}
	testAnswers(t, abi.APIResponses, []answerCase{
		{file: "answer.json", verdict: Good, usage: usage, complete: true},
		{file: "answer_failed.json", verdict: Good, class: abi.ClassServerError, code: "server_error", complete: true},
		{file: "stream.sse", verdict: Good, usage: usage, complete: true},
		{file: "stream_incomplete.sse", verdict: Good, usage: usage, complete: true},
		{file: "stream_cut.sse", verdict: Good, usage: abi.Usage{Input: 1000, Output: 3, Estimated: true}},
		{file: "stream_error.sse", verdict: Bad, class: abi.ClassRateLimited, code: "rate_limit_exceeded", complete: true},
		{file: "stream_error_nested.sse", verdict: Bad, class: abi.ClassContext, code: "context_length_exceeded", complete: true},
		{file: "stream_failed.sse", verdict: Bad, class: abi.ClassServerError, code: "server_error", complete: true},
		// A response that failed earlier is fetched: that works.
		{file: "answer_failed.json", options: AnswerOptions{Stored: true}, verdict: Good, complete: true},
		{file: "stream_failed.sse", options: AnswerOptions{Stored: true}, verdict: Good, complete: true},
		{file: "error_item.json", status: 404, verdict: Bad, class: abi.ClassClientError, code: "invalid_request_error", complete: true},
		{file: "error_previous.json", status: 400, verdict: Bad, class: abi.ClassClientError, code: "previous_response_not_found", complete: true},
	})
}

// With an owner the ids of responses, and only these, carry it; all else stays byte for byte.
func TestResponsesIDsAreWrapped(t *testing.T) {
	const owner = "azure-east"
	for _, c := range []struct {
		file string
		ids  []string
	}{
		{"answer.json", []string{"resp_67ccfcdd16748190a91872c75d38539e09e4d4aac714747c", "resp_prev1"}},
		{"answer_deleted.json", []string{"resp_6786a1bec27481909a17d673315b29f6"}},
		{"answer_input_items.json", nil},
		{"stream.sse", []string{"resp_67ccfcdd16748190a91872c75d38539e09e4d4aac714747c", "resp_prev1"}},
		{"stream_failed.sse", []string{"resp_67ccfcdd16748190a91872c75d38539e09e4d4aac714747c", "resp_prev1"}},
	} {
		t.Run(c.file, func(t *testing.T) {
			text := recorded(t, "responses/"+c.file)
			o := AnswerOptions{Status: 200, ContentType: TypeJSON, Owner: owner}
			variants := []string{string(text)}
			if strings.HasPrefix(c.file, "stream") {
				o.ContentType = TypeEvents
				variants = append(variants, strings.ReplaceAll(string(text), "\n", "\r\n"),
					strings.ReplaceAll(string(text), `"response":{`, "\"response\":\ndata:{\ndata:   ")) // several data lines
			}
			for _, variant := range variants {
				want := variant
				for _, id := range c.ids {
					want = strings.ReplaceAll(want, `"`+id+`"`, `"`+WrapResponseID(id, owner)+`"`)
				}
				if (want == variant) != (c.ids == nil) {
					t.Fatal("the file does not hold the ids")
				}
				if got := everyCut(t, abi.APIResponses, o, []byte(variant)); got.out != want {
					t.Errorf("got  %s\nwant %s", got.out, want)
				}
				o.ContentEncoding = "gzip"
				if got := feed(abi.APIResponses, o, zipped(t, []byte(variant))); got.out != want {
					t.Errorf("compressed: got %s", got.out)
				}
				o.ContentEncoding = ""
			}
		})
	}
}
