// Package workload holds what the benchmark sends and what must come back, byte for byte: the load generator and the
// fake upstream share it, so that an answer that was changed or cut on its way counts as an error.
package workload

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Sizes, in bytes, and the number of events of a stream.
const (
	SmallBody  = 512
	LargeBody  = 16 << 10
	AnswerBody = 1024
	Events     = 200
)

// Pause is how long the upstream waits after the first event of a paused stream. It is far longer than a whole
// stream takes, so a proxy that holds the first event back until there is more cannot hide it.
const Pause = 10 * time.Millisecond

// HeaderModel on the fake upstream's answers tells which model it was asked for.
const HeaderModel = "x-bench-model"

// Workload is one kind of call.
type Workload struct {
	Name string
	Text string // for people
	size int
	mark string // the request's "user", by which the upstream knows what is wanted
}

// The workloads.
var (
	Small  = Workload{"small", "0.5 kB request, 1 kB JSON answer", SmallBody, "json"}
	Large  = Workload{"large", "16 kB request, 1 kB JSON answer", LargeBody, "json"}
	Stream = Workload{"stream", "0.5 kB request, stream of 200 events", SmallBody, "stream"}
	Paused = Workload{"paused", "the same stream, with a pause after its first event", SmallBody, "paused"}
)

// Streams tells whether the answer is an event stream.
func (w Workload) Streams() bool { return w.mark != "json" }

// Body returns the request's body, of exactly the workload's size, for a model. The fields stand in the order in which
// the openai client library writes them.
func (w Workload) Body(model string) []byte {
	tail := `"}],"model":` + strconv.Quote(model) + `,"user":"` + w.mark + `"`
	if w.Streams() {
		tail += `,"stream":true`
	}
	tail += `,"temperature":0.7}`
	head := `{"messages":[{"role":"system","content":"You answer in one sentence."},{"role":"user","content":"`
	return []byte(head + prose(w.size-len(head)-len(tail)) + tail)
}

// prose is n bytes of text with escapes in it, as a prompt has.
func prose(n int) string {
	const line = `Compare the two plans \"north\" and \"south\"; say which is cheaper and why.\n`
	return strings.Repeat(line, n/len(line)) + strings.Repeat("x", n%len(line))
}

// Asked reads a body of this package: its model, and the workload it stands for. Ok is false for other text.
func Asked(body []byte) (model string, w Workload, ok bool) {
	model, ok = between(body, `"model":"`)
	mark, marked := between(body, `"user":"`)
	if !ok || !marked {
		return "", Workload{}, false
	}
	switch mark {
	case Stream.mark:
		return model, Stream, true
	case Paused.mark:
		return model, Paused, true
	}
	return model, Small, mark == Small.mark
}

// between returns the text after the last mark, up to the next quote. The last one: the prompt stands before the fields.
func between(body []byte, mark string) (string, bool) {
	i := bytes.LastIndex(body, []byte(mark))
	if i < 0 {
		return "", false
	}
	value, _, found := bytes.Cut(body[i+len(mark):], []byte{'"'})
	return string(value), found
}

// Answer returns the whole body of the upstream's answer.
func (w Workload) Answer() []byte {
	if w.Streams() {
		return bytes.Join(events, nil)
	}
	return jsonAnswer
}

// ContentType returns the answer's.
func (w Workload) ContentType() string {
	if w.Streams() {
		return "text/event-stream"
	}
	return "application/json"
}

// Parts returns the events of a stream, as they are sent: the first, the others, the end.
func Parts() [][]byte { return events }

// The answer states its own model, as a provider does: it need not be the one that was asked for.
var (
	jsonAnswer = makeJSON()
	events     = makeEvents()
)

func makeJSON() []byte {
	head := `{"id":"chatcmpl-bench","object":"chat.completion","created":1790000000,"model":"bench-2026-01-01","choices":[{"index":0,"message":{"role":"assistant","content":"`
	tail := `"},"finish_reason":"stop"}],"usage":{"prompt_tokens":120,"completion_tokens":180,"total_tokens":300}}`
	return []byte(head + prose(AnswerBody-len(head)-len(tail)) + tail)
}

func makeEvents() [][]byte {
	const event = `data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1790000000,"model":"bench-2026-01-01","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}` + "\n\n"
	all := make([][]byte, 0, Events+1)
	all = append(all, fmt.Appendf(nil, event, `{"role":"assistant","content":""}`, "null"))
	for i := 1; i < Events-1; i++ {
		all = append(all, fmt.Appendf(nil, event, `{"content":" word`+strconv.Itoa(i)+`"}`, "null"))
	}
	all = append(all, fmt.Appendf(nil, event, `{}`, `"stop"`))
	return append(all, []byte("data: [DONE]\n\n"))
}
