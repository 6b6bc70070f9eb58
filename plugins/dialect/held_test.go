package dialect

import (
	"bytes"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// What a stream opens with decides nothing; the first content does. Each line is one event; the last one decides.
func TestOpeningEvents(t *testing.T) {
	chat := func(delta string) string {
		return `data: {"id":"c","choices":[{"index":0,"delta":{` + delta + `},"finish_reason":null}]}`
	}
	const failed = `data: {"error":{"message":"x"}}`
	for _, c := range []struct {
		name   string
		api    abi.API
		events []string
		want   Verdict
	}{
		{"role, content", abi.APIChat, []string{chat(`"role":"assistant","content":""`), chat(`"content":"a"`)}, Good},
		{"role, role, content", abi.APIChat, []string{chat(`"role":"assistant","content":""`), chat(`"role":"assistant","content":""`), chat(`"role":"assistant","content":"a"`)}, Good},
		{"role, error", abi.APIChat, []string{": PROCESSING", chat(`"role":"assistant","content":null,"refusal":null`), failed}, Bad},
		{"empty lists, error", abi.APIChat, []string{chat(`"role":"assistant","content":"","reasoning":null,"reasoning_details":[],"tool_calls":[ ],"function_call":null`), failed}, Bad},
		{"what the filters found, error", abi.APIChat, []string{`data: {"choices":[],"prompt_filter_results":[{"content_filter_results":{"hate":{"filtered":false}}}]}`, failed}, Bad},
		{"what the filters found of a choice, error", abi.APIChat, []string{`data: {"choices":[{"content_filter_results":{"hate":{"filtered":false}},"delta":{}}]}`, failed}, Bad},
		{"tool call", abi.APIChat, []string{chat(`"role":"assistant","content":null`), chat(`"tool_calls":[{"index":0,"function":{"name":"f","arguments":""}}]`)}, Good},
		{"function call", abi.APIChat, []string{chat(`"function_call":{"name":"f"}`)}, Good},
		{"reasoning", abi.APIChat, []string{chat(`"reasoning_content":"hm"`)}, Good},
		{"reasoning of another kind", abi.APIChat, []string{chat(`"reasoning_details":[{"data":"x"}]`)}, Good},
		{"refusal", abi.APIChat, []string{chat(`"refusal":"no"`)}, Good},
		{"something new", abi.APIChat, []string{chat(`"audio":{"id":"x"}`)}, Good},
		{"finish reason", abi.APIChat, []string{chat(`"role":"assistant"`), `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`}, Good},
		{"usage", abi.APIChat, []string{`data: {"choices":[],"usage":{"prompt_tokens":1}}`}, Good},
		{"no usage", abi.APIChat, []string{`data: {"choices":[{"delta":{"role":"assistant"}}],"usage":null}`, failed}, Bad},
		{"only the end", abi.APIChat, []string{chat(`"role":"assistant"`), "data: [DONE]"}, Bad},
		{"text", abi.APICompletions, []string{`data: {"choices":[{"text":"","finish_reason":null}]}`, `data: {"choices":[{"text":"a","finish_reason":null}]}`}, Good},
		{"text, error", abi.APICompletions, []string{`data: {"choices":[{"text":"","finish_reason":null}]}`, failed}, Bad},
		{"block, delta", abi.APIMessages, []string{`data: {"type":"message_start","message":{"usage":{"input_tokens":1}}}`, `data: {"type":"content_block_start","content_block":{"type":"text","text":""}}`, `data: {"type":"ping"}`, `data: {"type":"content_block_delta","delta":{"type":"text_delta","text":""}}`, `data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"a"}}`}, Good},
		{"block, error", abi.APIMessages, []string{`data: {"type":"message_start"}`, `data: {"type":"content_block_start","content_block":{"type":"tool_use","name":"f","input":{}}}`, `data: {"type":"error","error":{"type":"api_error"}}`}, Bad},
		{"thinking", abi.APIMessages, []string{`data: {"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"hm"}}`}, Good},
		{"signature", abi.APIMessages, []string{`data: {"type":"content_block_delta","delta":{"type":"signature_delta","signature":"x"}}`}, Good},
		{"tool input", abi.APIMessages, []string{`data: {"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":""}}`, `data: {"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{"}}`}, Good},
		{"stop reason", abi.APIMessages, []string{`data: {"type":"message_start"}`, `data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}`}, Good},
		{"OpenAI's error", abi.APIMessages, []string{`data: {"type":"message_start"}`, failed}, Bad},
		{"created, item", abi.APIResponses, []string{`data: {"type":"response.created","response":{}}`, `data: {"type":"response.in_progress"}`, `data: {"type":"keepalive"}`, `data: {"type":"response.output_item.added"}`}, Good},
		{"created, error", abi.APIResponses, []string{`data: {"type":"response.queued","response":{}}`, `data: {"type":"response.error","error":{"code":"server_error"}}`}, Bad},
	} {
		a := NewAnswer(c.api, AnswerOptions{Status: 200, ContentType: TypeEvents, Stream: true})
		if !a.NeedsBody() {
			t.Errorf("%s: the verdict does not wait", c.name)
		}
		for i, event := range c.events {
			if got := a.Verdict(); got != Pending {
				t.Errorf("%s: event %d decided: %d", c.name, i-1, got)
			}
			a.Feed([]byte(event+"\n\n"), false)
		}
		if got := a.Verdict(); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
		// However it is cut, the verdict is the same.
		if got := everyCut(t, c.api, AnswerOptions{Status: 200, ContentType: TypeEvents, Stream: true}, []byte(strings.Join(c.events, "\n\n")+"\n\n")); got.verdict != c.want {
			t.Errorf("%s: %d at its end", c.name, got.verdict)
		}
	}
}

// An event that is complete is never delayed, and one that is not is never begun.
func TestWholeEventsPass(t *testing.T) {
	for _, file := range []string{"chat/stream_usage.sse", "messages/stream.sse", "responses/stream.sse"} {
		api, _, _ := strings.Cut(file, "/")
		for _, line := range []string{"\n", "\r\n", "\r"} {
			text := bytes.ReplaceAll(recorded(t, file), []byte("\n"), []byte(line))
			blank := []byte(line + line)
			for cut := range len(text) + 1 {
				a := NewAnswer(abi.API(api), AnswerOptions{Status: 200, ContentType: TypeEvents, Stream: true})
				given := bytes.Clone(text[:cut])
				out := a.Feed(given, false)
				whole := bytes.LastIndex(text[:cut], blank) + len(blank)
				if whole < len(blank) {
					whole = 0
				}
				if line == "\r\n" && bytes.HasSuffix(text[:cut], []byte("\r\n\r")) { // the LF may still come; the event is there
					whole = cut
				}
				if !bytes.Equal(out, text[:whole]) {
					t.Fatalf("%s with %q, cut at %d: %d bytes passed on, want %d", file, line, cut, len(out), whole)
				}
				if a.Changed() != (whole != cut) {
					t.Fatalf("%s with %q, cut at %d: changed %v", file, line, cut, a.Changed())
				}
				clear(given)
				rest := a.Feed(text[cut:], true)
				if string(text[:whole])+string(rest) != string(text) {
					t.Fatalf("%s with %q, cut at %d: then came %q", file, line, cut, rest)
				}
			}
		}
	}
}

// An LF that was cut off a hidden event's CR goes with it.
func TestHiddenEventWithItsEnd(t *testing.T) {
	const usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\r\n\r\n"
	got := everyCut(t, abi.APIChat, AnswerOptions{Status: 200, ContentType: TypeEvents, HideUsage: true},
		[]byte("data: {\"choices\":[{\"text\":\"a\"}]}\r\n\r\n"+usage+"data: [DONE]\r\n\r\n"))
	if got.out != "data: {\"choices\":[{\"text\":\"a\"}]}\r\n\r\ndata: [DONE]\r\n\r\n" {
		t.Errorf("%q", got.out)
	}
}

// An error after the first token is passed on, and is the stream's end.
func TestErrorEventIsAnEnd(t *testing.T) {
	for api, text := range map[abi.API]string{
		abi.APIChat:      "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"error\":{\"message\":\"x\",\"code\":429}}\n\n",
		abi.APIMessages:  "event: content_block_stop\ndata: {}\n\nevent: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\"}}\n\n",
		abi.APIResponses: "event: response.output_item.added\ndata: {}\n\nevent: error\ndata: {\"type\":\"error\",\"code\":\"rate_limit_exceeded\"}\n\n",
	} {
		o := AnswerOptions{Status: 200, ContentType: TypeEvents, Stream: true}
		got := everyCut(t, api, o, []byte(text))
		if got.out != text || got.verdict != Good || !got.complete || got.class != abi.ClassRateLimited {
			t.Errorf("%s: %+v", api, got)
		}
		a := NewAnswer(api, o)
		a.Feed([]byte(text), false)
		if event := a.Interrupted(&abi.Refusal{Status: 502, Message: "m"}, ""); event != nil {
			t.Errorf("%s: a second error: %s", api, event)
		}
		// Without its blank line no client sees it: it is not passed on, and ours takes its place.
		a = NewAnswer(api, o)
		out := string(a.Feed([]byte(strings.TrimRight(text, "\n")), true))
		if class, _ := a.Class(); strings.Contains(out, "rror") || a.Complete() || class != abi.ClassRateLimited {
			t.Errorf("%s: passed on %q, complete %v, class %s", api, out, a.Complete(), class)
		}
	}
}

// What is held for a verdict is bounded.
func TestPendingIsBounded(t *testing.T) {
	a := NewAnswer(abi.APIChat, AnswerOptions{Status: 200, ContentType: TypeEvents, Stream: true})
	event := []byte("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n")
	n := 0
	for ; a.Verdict() == Pending && n < 2*pendingBytes; n += len(event) {
		a.Feed(event, false)
	}
	if a.Verdict() != Good || n > pendingBytes+len(event) {
		t.Errorf("verdict %d after %d bytes", a.Verdict(), n)
	}
}
