package dialect

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// answerTo feeds a whole text.
func answerTo(api abi.API, contentType, text string) *Answer {
	a := NewAnswer(api, AnswerOptions{Status: 200, ContentType: contentType, Stream: contentType == TypeEvents})
	a.Feed([]byte(text), true)
	return a
}

func TestAsError(t *testing.T) {
	const created = "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"error\":null}}\n\n"
	for _, c := range []struct {
		name   string
		api    abi.API
		text   string // a stream, or a JSON text
		status int    // 0: it is no error
		body   string
	}{
		{"numeric code", abi.APIChat, `{"error":{"message":"Rate limited","code":429,"metadata":{"raw":"x"}}}`, 429, `{"error":{"message":"Rate limited","type":"requests","param":null,"code":"429"}}`},
		{"numeric code that is no status", abi.APIChat, `{"error":{"message":"m","code":40001}}`, 500, `{"error":{"message":"m","type":"server_error","param":null,"code":"40001"}}`},
		{"context", abi.APIChat, "data: {\"error\":{\"message\":\"Too \\\"long\\\" é\",\"type\":\"invalid_request_error\",\"param\":\"messages\",\"code\":\"context_length_exceeded\"}}\n\n", 400, `{"error":{"message":"Too \"long\" é","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`},
		{"after opening events", abi.APIChat, ": x\n\ndata: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\ndata: {\"error\":{\"message\":\"down\",\"code\":502}}\n\n", 502, `{"error":{"message":"down","type":"server_error","param":null,"code":"502"}}`},
		{"key", abi.APIChat, `{"error":{"message":"bad key","code":"invalid_api_key"}}`, 401, `{"error":{"message":"bad key","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`},
		{"model", abi.APIChat, `{"error":{"message":"m","code":"model_not_found"}}`, 404, `{"error":{"message":"m","type":"invalid_request_error","param":null,"code":"model_not_found"}}`},
		{"quota", abi.APIChat, `{"error":{"message":"m","code":"insufficient_quota"}}`, 429, `{"error":{"message":"m","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`},
		{"no message", abi.APIChat, `{"error":{"type":"server_error"}}`, 500, `{"error":{"message":"The upstream reported an error and did not say which.","type":"server_error","param":null,"code":null}}`},
		{"a text", abi.APIChat, `{"error":"it broke"}`, 500, `{"error":{"message":"it broke","type":"server_error","param":null,"code":null}}`},
		{"flat", abi.APIChat, `{"object":"error","message":"maximum context length is 5","type":"BadRequestError","param":null,"code":400}`, 400, `{"error":{"message":"maximum context length is 5","type":"BadRequestError","param":null,"code":"400"}}`},
		{"flat, with a word", abi.APIChat, `{"object":"error","message":"no more","type":"rate_limit_error"}`, 429, `{"error":{"message":"no more","type":"rate_limit_error","param":null,"code":null}}`},
		{"overloaded", abi.APIMessages, "event: message_start\ndata: {\"type\":\"message_start\"}\n\nevent: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n", 529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`},
		{"overloaded elsewhere", abi.APIChat, `{"error":{"type":"overloaded_error","message":"m"}}`, 503, `{"error":{"message":"m","type":"overloaded_error","param":null,"code":null}}`},
		{"messages from OpenAI's dialect", abi.APIMessages, "data: {\"error\":{\"message\":\"m\",\"code\":503}}\n\n", 503, `{"type":"error","error":{"type":"overloaded_error","message":"m"}}`},
		{"permission", abi.APIMessages, `{"type":"error","error":{"type":"permission_error","message":"m"}}`, 403, `{"type":"error","error":{"type":"permission_error","message":"m"}}`},
		{"timeout", abi.APIMessages, `{"type":"error","error":{"type":"timeout_error","message":"m"}}`, 504, `{"type":"error","error":{"type":"timeout_error","message":"m"}}`},
		{"responses", abi.APIResponses, created + "event: error\ndata: {\"type\":\"error\",\"sequence_number\":1,\"code\":\"rate_limit_exceeded\",\"message\":\"slow\",\"param\":null}\n\n", 429, `{"error":{"message":"slow","type":"requests","param":null,"code":"rate_limit_exceeded"}}`},
		{"responses failed", abi.APIResponses, created + "event: response.failed\ndata: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"server_error\",\"message\":\"oops\"}}}\n\n", 500, `{"error":{"message":"oops","type":"server_error","param":null,"code":"server_error"}}`},
		{"a good answer", abi.APIChat, `{"id":"x","choices":[]}`, 0, ""},
		{"an error after the first token", abi.APIChat, "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"error\":{\"code\":500}}\n\n", 0, ""},
		{"an empty stream", abi.APIChat, "data: [DONE]\n\n", 0, ""},
		{"no JSON", abi.APIChat, `<html>`, 0, ""},
	} {
		contentType := TypeEvents
		if strings.ContainsAny(c.text[:1], "{<") {
			contentType = TypeJSON
		}
		status, body, ok := answerTo(c.api, contentType, c.text).AsError()
		if status != c.status || string(body) != c.body || ok != (c.status != 0) {
			t.Errorf("%s: %d %s %v\nwant %d %s", c.name, status, body, ok, c.status, c.body)
		}
	}
	a := NewAnswer(abi.APIChat, AnswerOptions{Status: 500})
	a.Feed([]byte(`{"error":{"message":"m"}}`), true)
	if _, _, ok := a.AsError(); ok {
		t.Error("an answer that has a status of its own is given another")
	}
}

// A stream that is cut anywhere gives the client whole events and then our error; one that is complete gets none.
func TestInterrupted(t *testing.T) {
	r := &abi.Refusal{Status: 502, Code: "upstream_broke_off", Message: "The upstream broke off."}
	for _, c := range []struct {
		api  abi.API
		file string
		done string // the first piece with which the stream is complete
	}{
		{abi.APIChat, "chat/stream.sse", `"finish_reason":"stop"}]}` + "\n\n"},
		{abi.APICompletions, "completions/stream.sse", `"finish_reason":"stop"}],`},
		{abi.APIMessages, "messages/stream.sse", "{\"type\": \"message_stop\"}\n\n"},
		{abi.APIResponses, "responses/stream.sse", "event: response.completed\ndata: "},
	} {
		text := recorded(t, c.file)
		end := bytes.Index(text, []byte(c.done))
		if end < 0 {
			t.Fatalf("%s does not hold %q", c.file, c.done)
		}
		end += bytes.Index(text[end:], []byte("\n\n")) + 2
		for cut := range len(text) + 1 {
			for _, clean := range []bool{false, true} { // whether the proxy took it for an end
				a := NewAnswer(c.api, AnswerOptions{Status: 200, ContentType: TypeEvents, Stream: true})
				got := bytes.Clone(a.Feed(text[:cut], clean))
				complete := a.Complete()
				event := a.Interrupted(r, "r-1")
				if !bytes.HasPrefix(text, got) || len(got) > 0 && !complete && !bytes.HasSuffix(got, []byte("\n\n")) {
					t.Fatalf("%s cut at %d: passed on %q", c.file, cut, got)
				}
				if complete != (event == nil) || complete && cut < end-2 || !complete && cut >= end {
					t.Fatalf("%s cut at %d (complete from %d): complete %v, event %q", c.file, cut, end, complete, event)
				}
				if event == nil {
					continue
				}
				checkErrorEvent(t, c.api, got, event, r.Message)
				if a.Feed([]byte("x"), true) != nil {
					t.Fatal("something came after the error")
				}
			}
		}
	}
}

// checkErrorEvent reads a stream as the API's own clients do: OpenAI's raise at data with a member "error", Anthropic's at
// an event named error.
func checkErrorEvent(t *testing.T, api abi.API, before, event []byte, message string) {
	t.Helper()
	for _, one := range checkErrorEventLast(t, api, before, event, message) {
		if _, data, _ := strings.Cut(one, "="); !json.Valid([]byte(data)) {
			t.Fatalf("%s: before the error stands %s", api, data)
		}
	}
}

// checkErrorEventLast looks at the last event alone and returns those before it.
func checkErrorEventLast(t *testing.T, api abi.API, before, event []byte, message string) []string {
	t.Helper()
	all := cut(string(before)+string(event), len(before)+len(event))
	name, data, _ := strings.Cut(all[len(all)-1], "=")
	var v struct {
		Type     string
		Sequence int `json:"sequence_number"`
		Error    struct{ Type, Message string }
	}
	if err := json.Unmarshal([]byte(data), &v); err != nil || v.Error.Message != message || v.Error.Type == "" {
		t.Fatalf("%s: the stream ends with %s: %v", api, data, err)
	}
	if api == abi.APIMessages && (name != "error" || v.Type != "error") {
		t.Fatalf("%s: the stream ends with an event named %q", api, name)
	}
	if api == abi.APIResponses && v.Sequence <= 0 {
		t.Fatalf("the error has the number %d", v.Sequence)
	}
	return all[:len(all)-1]
}

// The number of an error in a stream of responses follows the last one's.
func TestInterruptedNumber(t *testing.T) {
	a := NewAnswer(abi.APIResponses, AnswerOptions{Status: 200, ContentType: TypeEvents, Stream: true})
	for _, number := range []string{"3", "4", "5", "41"} { // the last two are recognised, not read
		a.Feed([]byte("event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":"+number+`,"delta":"a"}`+"\n\n"), false)
	}
	event := string(a.Interrupted(&abi.Refusal{Status: 502, Message: "m"}, ""))
	if !strings.Contains(event, `"sequence_number":42,`) {
		t.Errorf("%s", event)
	}
}

// Nothing can be said behind what is no stream.
func TestInterruptedElsewhere(t *testing.T) {
	r := &abi.Refusal{Status: 502, Message: "m"}
	for _, o := range []AnswerOptions{
		{Status: 200, ContentType: TypeJSON},
		{Status: 500, ContentType: TypeJSON},
		{Status: 200, ContentType: TypeEvents, ContentEncoding: "br"},
	} {
		a := NewAnswer(abi.APIChat, o)
		a.Feed([]byte(`{"id":`), false)
		if event := a.Interrupted(r, ""); event != nil {
			t.Errorf("%+v: %s", o, event)
		}
	}
	// Half an event beyond the bound is out: a blank line ends it.
	a := NewAnswer(abi.APIChat, AnswerOptions{Status: 200, ContentType: TypeEvents})
	a.Feed(append([]byte("data: "), bytes.Repeat([]byte("x"), maxEvent+1)...), false)
	if event := string(a.Interrupted(r, "")); !strings.HasPrefix(event, "\n\ndata: {\"error\"") || !a.Streams() {
		t.Errorf("%q", event)
	}
}
