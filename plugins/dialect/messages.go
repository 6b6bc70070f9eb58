package dialect

import (
	"strconv"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// messages is Anthropic's POST /v1/messages.
type messages struct{}

func (messages) member(q *request, key []byte) (bool, error) {
	switch string(key) {
	case "messages", "system":
		return true, q.content()
	case "tools":
		return true, q.tools()
	case "output_format": // the beta's place
		return true, q.format(nil)
	case "output_config":
		return true, q.format([]byte("format"))
	case "stream":
		return true, q.stream()
	}
	return false, nil
}

func (messages) event(a *Answer, name, data []byte) {
	before, plain, failed := a.text, false, false // plain: the delta is of a kind that is text
	w := walker{text: data}
	for key, ok := w.next(); ok; key, ok = w.next() {
		switch string(key) {
		case "type":
			if w.depth == 1 && len(name) == 0 {
				name, _ = w.str()
			}
		case "error":
			failed = failed || w.depth == 1 && !saysNothing(w.rest())
		case "usage": // at 2: message_start's message.usage
			if w.depth <= 2 && w.is('{') {
				a.counts.read(w.rest())
				a.counts.final = w.depth == 1
				a.repeat.spoil()
			}
		case "text", "thinking", "partial_json":
			if s, ok := w.str(); ok {
				plain = true
				a.text += len(s)
				a.repeat.inside(&w, s, holeText)
			}
		}
	}
	if len(name) == 0 && failed { // from something that speaks OpenAI's dialect
		name = []byte("error")
	}
	if string(name) != "content_block_delta" {
		a.repeat.spoil()
	}
	switch string(name) {
	case "message_start", "ping", "content_block_start": // nothing of substance yet
	case "content_block_delta":
		if a.text > before || !plain { // a signature, a citation
			a.answers()
		}
	case "error":
		a.fail(data)
	case "message_stop":
		a.complete = true
		a.answers()
	default:
		a.answers()
	}
}

func (messages) mock(dst []byte, m *mockAnswer) []byte {
	dst = m.messageHead(dst)
	dst = jsontext.AppendString(append(dst, `,"content":[{"type":"text","text":`...), m.text)
	dst = append(dst, `}],"stop_reason":"end_turn","stop_sequence":null`...)
	return append(m.messageUsage(dst, m.output), '}')
}

func (m *mockAnswer) messageHead(dst []byte) []byte {
	dst = jsontext.AppendString(append(dst, `{"id":`...), "msg_"+m.id)
	return appendMember(append(dst, `,"type":"message","role":"assistant"`...), "model", m.model)
}

func (m *mockAnswer) messageUsage(dst []byte, output int) []byte {
	dst = strconv.AppendInt(append(dst, `,"usage":{"input_tokens":`...), int64(m.input), 10)
	dst = append(dst, `,"cache_creation_input_tokens":0,"cache_read_input_tokens":0`...)
	return append(appendInt(dst, "output_tokens", output), '}')
}

func (messages) mockStream(dst []byte, m *mockAnswer) []byte {
	event := func(name string, fill func()) {
		dst = append(append(append(dst, "event: "...), name...), "\ndata: {\"type\":\""...)
		dst = append(append(dst, name...), '"')
		fill()
		dst = append(dst, "}\n\n"...)
	}
	text := func(s string) func() { return func() { dst = append(dst, s...) } }
	event("message_start", func() {
		dst = append(m.messageHead(append(dst, `,"message":`...)), `,"content":[],"stop_reason":null,"stop_sequence":null`...)
		dst = append(m.messageUsage(dst, 1), '}')
	})
	event("content_block_start", text(`,"index":0,"content_block":{"type":"text","text":""}`))
	event("ping", text(""))
	for piece := range m.pieces() {
		if piece != "" {
			event("content_block_delta", func() {
				dst = jsontext.AppendString(append(dst, `,"index":0,"delta":{"type":"text_delta","text":`...), piece)
				dst = append(dst, '}')
			})
		}
	}
	event("content_block_stop", text(`,"index":0`))
	event("message_delta", func() {
		dst = append(dst, `,"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":`...)
		dst = append(strconv.AppendInt(dst, int64(m.output), 10), '}')
	})
	event("message_stop", text(""))
	return dst
}
