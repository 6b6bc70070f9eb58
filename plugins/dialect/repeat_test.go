package dialect

import (
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// What is like the event before is recognised, and nothing else: the numbers say how many events were not read.
func TestRepeat(t *testing.T) {
	chat := func(text, rest string) string {
		return `data: {"id":"c","choices":[{"delta":{"content":"` + text + `"}}]` + rest + "}\n\n"
	}
	response := func(n, text, pad string) string {
		return "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":" + n + `,"delta":"` + text +
			`","logprobs":[],"obfuscation":"` + pad + "\"}\n\n"
	}
	message := func(text string) string {
		return "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"" + text + "\"}}\n\n"
	}
	for _, c := range []struct {
		name   string
		api    abi.API
		events []string
		known  int
		output int
	}{
		{"chat", abi.APIChat, []string{chat("a", ""), chat("bc", ""), chat("", ""), chat(`\"é`, ""), chat("d", "")}, 4, 8},
		{"completions", abi.APICompletions, []string{"data: {\"choices\":[{\"text\":\"a\"}]}\n\n", "data: {\"choices\":[{\"text\":\"b\"}]}\n\n"}, 1, 2},
		{"padding", abi.APIChat, []string{chat("a", `,"obfuscation":"xyz"`), chat("bc", `,"obfuscation":"0"`)}, 1, 3},
		{"two texts", abi.APIChat, []string{chat("a", `,"x":{"reasoning":"b"}`), chat("cd", `,"x":{"reasoning":"ef"}`)}, 1, 6},
		{"responses", abi.APIResponses, []string{response("1", "a", "x"), response("22", "bc", ""), response("3", "d", "yy")}, 2, 4},
		{"messages", abi.APIMessages, []string{message("a"), message("bc")}, 1, 3},
		{"no number", abi.APIResponses, []string{response("1", "a", "x"), response("null", "b", "x")}, 0, 2},
		{"another event between", abi.APIChat, []string{chat("a", ""), ": ping\n\n", chat("b", "")}, 1, 2},
		{"CRLF", abi.APIChat, []string{strings.ReplaceAll(chat("a", ""), "\n", "\r\n"), strings.ReplaceAll(chat("b", ""), "\n", "\r\n")}, 1, 2},
		{"CR, which may go on", abi.APIChat, []string{strings.ReplaceAll(chat("a", ""), "\n", "\r"), strings.ReplaceAll(chat("b", ""), "\n", "\r")}, 0, 2},
		{"byte order mark", abi.APIChat, []string{"\xef\xbb\xbf" + chat("a", ""), "\xef\xbb\xbf" + chat("b", ""), chat("c", ""), chat("d", "")}, 1, 3},
		{"line end in the text", abi.APIChat, []string{chat("a", ""), chat("b\nc", ""), chat("d\\\ne", "")}, 0, 1},
		{"text that ends the event", abi.APIChat, []string{chat("a", ""), chat(`b"}}],"usage":{"prompt_tokens":1,"completion_tokens":9},"x":[{"y":{"z":"`, "")}, 0, 2},
		{"an end", abi.APIChat, []string{chat("a", `,"finish_reason":"stop"`), chat("b", `,"finish_reason":"stop"`)}, 0, 2},
		{"usage", abi.APIChat, []string{chat("a", `,"usage":{"prompt_tokens":1}`), chat("b", `,"usage":{"prompt_tokens":1}`)}, 0, 2},
		{"an error", abi.APIChat, []string{chat("a", `,"error":{}`), chat("b", `,"error":{}`)}, 0, 2},
	} {
		a := NewAnswer(c.api, AnswerOptions{Status: 200, ContentType: TypeEvents})
		known := 0
		for _, event := range c.events {
			if n, _ := a.repeat.next([]byte(event)); n > 0 {
				known++
				if n != len(event) {
					t.Errorf("%s: %d of %d bytes", c.name, n, len(event))
				}
			}
			a.Feed([]byte(event), false)
		}
		if known != c.known || a.text != c.output {
			t.Errorf("%s: %d events were known and %d bytes of text read, want %d and %d", c.name, known, a.text, c.known, c.output)
		}
	}
}

// A stream whose events all differ is not learned from for ever.
func TestRepeatGivesUp(t *testing.T) {
	a := NewAnswer(abi.APIChat, AnswerOptions{Status: 200, ContentType: TypeEvents})
	for i := range 2 * repeatTries {
		a.Feed([]byte(`data: {"id":"`+strings.Repeat("x", i)+`","choices":[{"delta":{"content":"a"}}]}`+"\n\n"), false)
	}
	if a.repeat.tries != repeatTries || a.text != 2*repeatTries {
		t.Errorf("%d tries, %d bytes of text", a.repeat.tries, a.text)
	}
}
