package dialect

import (
	"bytes"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// The verdict comes as early as it can, and what is pending is exactly what can still be thrown away.
func TestVerdictComesEarly(t *testing.T) {
	stream := AnswerOptions{Status: 200, ContentType: TypeEvents, Stream: true}
	doc := AnswerOptions{Status: 200, ContentType: TypeJSON}
	type step struct {
		feed string
		want Verdict
	}
	for _, c := range []struct {
		name  string
		api   abi.API
		o     AnswerOptions
		steps []step
	}{
		{"chat, first chunk", abi.APIChat, stream, []step{{": ping\n\n", Pending}, {`data: {"choices":[{"delta":{"content":"assi`, Pending}, {"stant\"}}]}\n\n", Good}}},
		{"chat, error", abi.APIChat, stream, []step{{"data: {\"error\":{\"message\":\"x\"}}\n", Pending}, {"\n", Bad}, {"data: {\"choices\":[{}]}\n\n", Bad}}},
		{"chat, named error", abi.APIChat, stream, []step{{"event: error\ndata: {\"message\":\"x\"}\n\n", Bad}}},
		{"chat, error later", abi.APIChat, stream, []step{{"data: {\"choices\":[{\"text\":\"a\"}]}\n\n", Good}, {"data: {\"error\":\"x\"}\n\n", Good}}},
		{"chat, null error", abi.APIChat, stream, []step{{"data: {\"error\":null,\"choices\":[{\"text\":\"a\"}]}\n\n", Good}}},
		{"chat, empty error", abi.APIChat, stream, []step{{"data: {\"error\":{},\"choices\":[{\"text\":\"a\"}]}\n\n", Good}}},
		{"chat, error as text", abi.APIChat, stream, []step{{"data: {\"error\":\"overloaded\"}\n\n", Bad}}},
		{"messages", abi.APIMessages, stream, []step{{"event: message_start\ndata: {\"type\":\"message_start\"}\n\n", Pending}, {"event: ping\ndata: {}\n\n", Pending}, {"event: content_block_start\ndata: {}\n\n", Pending}, {"event: content_block_stop\ndata: {}\n\n", Good}}},
		{"messages without names", abi.APIMessages, stream, []step{{"data: {\"type\":\"message_start\"}\n\n", Pending}, {"data: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n", Bad}}},
		{"responses", abi.APIResponses, stream, []step{{"event: response.created\ndata: {}\n\n", Pending}, {"event: response.output_item.added\ndata: {}\n\n", Good}}},
		{"responses without names", abi.APIResponses, stream, []step{{"data: {\"type\":\"response.queued\"}\n\n", Pending}, {"data: {\"type\":\"response.failed\",\"response\":{\"error\":null}}\n\n", Bad}}},
		{"responses, error of another shape", abi.APIResponses, stream, []step{{"data: {\"error\":{\"message\":\"x\"}}\n\n", Bad}}},
		{"nothing to read for long", abi.APIMessages, stream, []step{{": " + strings.Repeat("x", pendingBytes) + "\n\n", Good}}},
		{"document", abi.APIChat, doc, []step{{" ", Pending}, {`{"object":"chat.completion","id`, Pending}, {`":"x`, Good}}},
		{"document, error", abi.APIChat, doc, []step{{`{"error":{"mess`, Pending}, {`age":"x"}`, Bad}, {`,"id":1}`, Bad}}},
		{"document, null error", abi.APIResponses, doc, []step{{`{"error":null,`, Pending}, {`"output":[`, Good}}},
		{"document of type error", abi.APIMessages, doc, []step{{`{"type":"error"`, Bad}}},
		{"no document", abi.APIChat, doc, []step{{`<html>`, Bad}}},
		{"document, empty error", abi.APIChat, doc, []step{{`{"error":{ },`, Pending}, {`"id":1`, Good}}},
		{"status 500", abi.APIChat, AnswerOptions{Status: 500}, []step{{"", Bad}}},
		{"status 400", abi.APIChat, AnswerOptions{Status: 400}, []step{{`{"error":`, Pending}, {strings.Repeat(" ", errorBytes), Bad}}},
		{"brotli", abi.APIChat, AnswerOptions{Status: 200, ContentEncoding: "br"}, []step{{"", Good}, {"\x8b\x00", Good}}},
		{"brotli error", abi.APIChat, AnswerOptions{Status: 400, ContentEncoding: "br"}, []step{{"", Bad}}},
	} {
		a := NewAnswer(c.api, c.o)
		for i, s := range c.steps {
			a.Feed([]byte(s.feed), false)
			if got := a.Verdict(); got != s.want {
				t.Errorf("%s, step %d: verdict %d, want %d", c.name, i, got, s.want)
			}
		}
	}
}

// An answer that says nothing, or that cannot be read, is malformed.
func TestMalformed(t *testing.T) {
	for _, c := range []struct {
		name, contentType, encoding, text, reason string
	}{
		{"empty document", TypeJSON, "", "", "bad_json"},
		{"cut document", TypeJSON, "", `{"type":"message"`, "bad_json"},
		{"page", "text/html", "", "<html>", "bad_json"},
		{"number", TypeJSON, "", "7", "bad_json"},
		{"text after the document", TypeJSON, "", "{}{}", "bad_json"},
		{"empty stream", TypeEvents, "", "", "empty_stream"},
		{"only comments", TypeEvents, "", ": a\n\n: b\n\n", "empty_stream"},
		{"not gzip", TypeJSON, "gzip", `{"id":"x"}`, "bad_gzip"},
		{"cut gzip", TypeJSON, "gzip", string(zipped(t, []byte(`{"id":"x"}`))[:12]), "bad_gzip"},
	} {
		got := feed(abi.APIMessages, AnswerOptions{Status: 200, ContentType: c.contentType, ContentEncoding: c.encoding}, []byte(c.text))
		if got.class != abi.ClassMalformed || got.code != c.reason || got.verdict != Bad || got.complete || got.usage != (abi.Usage{}) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestHiddenUsage(t *testing.T) {
	text := string(recorded(t, "chat/stream_usage.sse"))
	from, to := strings.Index(text, `data: {"id":"chatcmpl-123","object":"chat.completion.chunk","created":1694268190,"model":"gpt-4o-mini","system_fingerprint":"fp_44709d6fcb","choices":[],`), strings.Index(text, "data: [DONE]")
	if from < 0 || to < from {
		t.Fatal("the file does not hold the chunk")
	}
	want := text[:from] + text[to:]
	o := AnswerOptions{Status: 200, ContentType: TypeEvents, Stream: true, HideUsage: true}
	got := everyCut(t, abi.APIChat, o, []byte(text))
	if got.out != want {
		t.Errorf("got %s", got.out)
	}
	if (got.usage != abi.Usage{Input: 19, Output: 3, Cached: 16, Reasoning: 1}) || !got.complete {
		t.Errorf("%+v", got)
	}
	crlf := everyCut(t, abi.APIChat, o, []byte(strings.ReplaceAll(text, "\n", "\r\n")))
	if crlf.out != strings.ReplaceAll(want, "\n", "\r\n") {
		t.Errorf("CRLF: got %q", crlf.out)
	}
	// Usage in a chunk with choices is not ours to hide.
	groq := recorded(t, "chat/stream_groq.sse")
	if got := everyCut(t, abi.APIChat, o, groq); got.out != string(groq) {
		t.Errorf("a chunk with choices was hidden: %s", got.out)
	}
}

func TestRewrites(t *testing.T) {
	for _, c := range []struct {
		name                        string
		api                         abi.API
		o                           AnswerOptions
		rewrites, decodes, complete bool
	}{
		{"plain", abi.APIChat, AnswerOptions{Status: 200, ContentType: TypeJSON}, false, false, true},
		{"plain stream", abi.APIChat, AnswerOptions{Status: 200, ContentType: TypeEvents}, false, false, false},
		{"hide in a stream", abi.APIChat, AnswerOptions{Status: 200, ContentType: TypeEvents, HideUsage: true}, true, false, false},
		{"hide in a document", abi.APIChat, AnswerOptions{Status: 200, ContentType: TypeJSON, HideUsage: true}, false, false, true},
		{"hide where it is always", abi.APIMessages, AnswerOptions{Status: 200, ContentType: TypeEvents, HideUsage: true}, false, false, false},
		{"owner", abi.APIResponses, AnswerOptions{Status: 200, ContentType: TypeJSON, Owner: "d"}, true, false, true},
		{"owner of another API", abi.APIChat, AnswerOptions{Status: 200, ContentType: TypeJSON, Owner: "d"}, false, false, true},
		{"owner of an error", abi.APIResponses, AnswerOptions{Status: 400, ContentType: TypeJSON, Owner: "d"}, false, false, true},
		{"gzip", abi.APIChat, AnswerOptions{Status: 200, ContentEncoding: " GZIP"}, true, true, false},
		{"brotli", abi.APIResponses, AnswerOptions{Status: 200, ContentEncoding: "br", Owner: "d"}, false, false, true},
	} {
		a := NewAnswer(c.api, c.o)
		if a.Rewrites() != c.rewrites || a.Decodes() != c.decodes {
			t.Errorf("%s: rewrites %v, decodes %v", c.name, a.Rewrites(), a.Decodes())
		}
		if a.Complete() {
			t.Errorf("%s: complete before it began", c.name)
		}
		chunk := []byte("{}")
		if a.Streams() && c.o.ContentType == TypeEvents {
			chunk = []byte("\n\n")
		}
		out := a.Feed(chunk, true)
		if !c.rewrites && a.Changed() {
			t.Errorf("%s: the chunk was changed", c.name)
		}
		if !c.rewrites && (len(out) != 2 || &out[0] != &chunk[0]) {
			t.Errorf("%s: the chunk was copied", c.name)
		}
		if a.Complete() != c.complete {
			t.Errorf("%s: complete %v", c.name, a.Complete())
		}
		if again := a.Feed(chunk, true); again != nil {
			t.Errorf("%s: returned %q after its end", c.name, again)
		}
	}
}

// What cannot be read is estimated by its length.
func TestOpaqueUsage(t *testing.T) {
	got := feed(abi.APIChat, AnswerOptions{Status: 200, ContentEncoding: "zstd", InputTokens: 7}, make([]byte, 400))
	if (got.usage != abi.Usage{Input: 7, Output: 100, Estimated: true}) || got.class != abi.ClassOK || !got.complete {
		t.Errorf("%+v", got)
	}
	got = feed(abi.APIChat, AnswerOptions{Status: 429, ContentEncoding: "zstd", InputTokens: 7}, make([]byte, 400))
	if (got.usage != abi.Usage{}) || got.class != abi.ClassRateLimited {
		t.Errorf("%+v", got)
	}
}

// An event of any size passes; one beyond the bound is not read, and neither is what follows.
func TestHugeEvent(t *testing.T) {
	huge := append(append([]byte("data: {\"id\":\""), bytes.Repeat([]byte("x"), maxEvent+3<<20)...), "\"}\n\ndata: [DONE]\n\n"...)
	for _, hide := range []bool{false, true} {
		a := NewAnswer(abi.APIChat, AnswerOptions{Status: 200, ContentType: TypeEvents, HideUsage: hide})
		n := 0
		for at := 0; at < len(huge); at += 1 << 20 {
			end := min(at+1<<20, len(huge))
			n += len(a.Feed(huge[at:end], end == len(huge)))
		}
		if n != len(huge) || a.Verdict() != Good || !a.Complete() || !a.Usage().Estimated {
			t.Errorf("hide %v: %d of %d bytes, verdict %d", hide, n, len(huge), a.Verdict())
		}
	}
}

func streamOf(n int) [][]byte {
	chunks := [][]byte{[]byte("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n")}
	for range n - 2 {
		chunks = append(chunks, []byte("data: {\"id\":\"chatcmpl-123\",\"object\":\"chat.completion.chunk\",\"created\":1694268190,\"model\":\"gpt-4o-mini\",\"system_fingerprint\":\"fp_44709d6fcb\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" token\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n"))
	}
	return append(chunks, []byte("data: [DONE]\n\n"))
}

func BenchmarkFeed(b *testing.B) {
	whole := streamOf(200)
	var halves [][]byte // every chunk ends inside an event
	rest := []byte(nil)
	for _, event := range whole {
		halves = append(halves, append(bytes.Clone(rest), event[:len(event)/2]...))
		rest = event[len(event)/2:]
	}
	halves = append(halves, rest)
	for _, c := range []struct {
		name   string
		o      AnswerOptions
		chunks [][]byte
	}{
		{"200events", AnswerOptions{Status: 200, ContentType: TypeEvents, Stream: true}, whole},
		{"200events-cut", AnswerOptions{Status: 200, ContentType: TypeEvents, Stream: true}, halves},
		{"200events-hide", AnswerOptions{Status: 200, ContentType: TypeEvents, Stream: true, HideUsage: true}, whole},
	} {
		chunks := c.chunks
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				a := NewAnswer(abi.APIChat, c.o)
				for i, chunk := range chunks {
					a.Feed(chunk, i == len(chunks)-1)
				}
				if !a.Complete() {
					b.Fatal("not complete")
				}
			}
		})
	}
	compact := []byte(`{"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion","created":1741569952,"model":"gpt-4o-mini-2024-07-18",` +
		`"choices":[{"index":0,"message":{"role":"assistant","content":"` + strings.Repeat("The capital of France is Paris.\\n", 17) +
		`","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":10,` +
		`"total_tokens":29,"prompt_tokens_details":{"cached_tokens":8,"audio_tokens":0}},"service_tier":"default"}`)
	for name, answer := range map[string][]byte{"answer-indented": recorded(b, "chat/answer.json"), "answer-1kB": compact} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(answer)))
			b.ReportAllocs()
			for b.Loop() {
				a := NewAnswer(abi.APIChat, AnswerOptions{Status: 200, ContentType: TypeJSON})
				a.Feed(answer, true)
				if a.Usage().Estimated {
					b.Fatal("no usage")
				}
			}
		})
	}
}
