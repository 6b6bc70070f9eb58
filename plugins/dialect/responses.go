package dialect

import (
	"bytes"
	"strconv"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// responses is OpenAI's POST /v1/responses.
type responses struct{}

func (responses) member(q *request, key []byte) (bool, error) {
	switch string(key) {
	case "input":
		return true, q.content()
	case "instructions":
		return true, q.plain()
	case "tools":
		return true, q.tools()
	case "text":
		return true, q.format([]byte("format"))
	case "stream":
		return true, q.stream()
	case "previous_response_id":
		return true, q.previous()
	}
	return false, nil
}

func (responses) event(a *Answer, name, data []byte) {
	w := walker{text: data}
	inResponse, hasResponse := false, false
	var failed []byte // the response's own error
	for key, ok := w.next(); ok; key, ok = w.next() {
		if w.depth == 1 {
			inResponse = false
		}
		switch string(key) {
		case "type":
			if w.depth == 1 && len(name) == 0 {
				name, _ = w.str()
			}
		case "delta":
			if s, ok := w.str(); ok && w.depth == 1 {
				a.text += len(s)
				a.repeat.inside(&w, s, holeText)
			}
		case "obfuscation": // see chunk
			if s, ok := w.str(); ok {
				a.repeat.inside(&w, s, holePadding)
			}
		case "sequence_number":
			a.repeat.digits(&w)
		case "response":
			inResponse = w.depth == 1 && w.is('{')
			hasResponse = true
		case "id", "previous_response_id":
			if inResponse && w.depth == 2 && a.wraps() {
				start := w.at
				if _, ok := w.str(); ok {
					a.edits = append(a.edits, edit{start, w.at, a.wrapped(data[start:w.at])})
				}
			}
		case "error":
			if inResponse && w.depth == 2 && w.is('{') {
				failed = w.rest()
			}
		case "usage":
			if inResponse && w.depth == 2 && w.is('{') {
				a.counts.read(w.rest())
				a.counts.final = true
			}
		}
	}
	if hasResponse || !bytes.HasSuffix(name, []byte(".delta")) { // a delta of text, arguments, audio brings no more
		a.repeat.spoil()
	}
	a.responseEvent(name, data, failed)
}

// responseEvent draws the conclusions from an event's name.
func (a *Answer) responseEvent(name, data, failed []byte) {
	switch string(name) {
	case "response.created", "response.in_progress", "response.queued", "keepalive": // nothing of substance yet
		return
	case "error", "response.error": // the second is OpenRouter's
		a.fail(data)
		return
	case "response.failed":
		a.complete = true
		if !a.options.Stored {
			if failed == nil {
				failed = []byte(`{"code":"server_error"}`)
			}
			a.fail(failed)
			return
		}
	case "response.completed", "response.incomplete", "response.cancelled":
		a.complete = true
	default:
		if isDone(data) { // some upstreams end every stream so
			a.done()
			return
		}
		if len(name) == 0 && bytes.HasPrefix(bytes.TrimLeft(data, " "), []byte(`{"error"`)) { // and fail so
			a.fail(data)
			return
		}
	}
	a.answers()
}

func (responses) mock(dst []byte, m *mockAnswer) []byte { return m.appendResponse(dst, "completed") }

// appendResponse appends a response object; only a completed one has output and usage.
func (m *mockAnswer) appendResponse(dst []byte, status string) []byte {
	dst = jsontext.AppendString(append(dst, `{"id":`...), "resp_"+m.id)
	dst = append(append(dst, `,"object":"response","created_at":`...), m.created...)
	dst = appendMember(dst, "status", status)
	dst = append(dst, `,"background":false,"error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":null`...)
	dst = append(appendMember(dst, "model", m.model), `,"output":[`...)
	if status == "completed" {
		dst = m.appendItem(dst, status)
	}
	dst = append(dst, `],"parallel_tool_calls":true`...)
	dst = appendNullable(dst, "previous_response_id", m.body.PreviousResponseID)
	dst = append(dst, `,"reasoning":{"effort":null,"summary":null},"store":false,"temperature":1.0,"text":{"format":{"type":"text"}}`...)
	dst = append(dst, `,"tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled","usage":`...)
	if status == "completed" {
		dst = strconv.AppendInt(append(dst, `{"input_tokens":`...), int64(m.input), 10)
		dst = appendInt(append(dst, `,"input_tokens_details":{"cached_tokens":0,"cache_write_tokens":0}`...), "output_tokens", m.output)
		dst = appendInt(append(dst, `,"output_tokens_details":{"reasoning_tokens":0}`...), "total_tokens", m.input+m.output)
		dst = append(dst, '}')
	} else {
		dst = append(dst, "null"...)
	}
	return append(dst, `,"user":null,"metadata":{}}`...)
}

// appendItem appends the answer's one message; only a completed one has content.
func (m *mockAnswer) appendItem(dst []byte, status string) []byte {
	dst = jsontext.AppendString(append(dst, `{"id":`...), "msg_"+m.id)
	dst = append(appendMember(append(dst, `,"type":"message"`...), "status", status), `,"role":"assistant","content":[`...)
	if status == "completed" {
		dst = appendPart(dst, m.text)
	}
	return append(dst, `]}`...)
}

func appendPart(dst []byte, text string) []byte {
	dst = jsontext.AppendString(append(dst, `{"type":"output_text","annotations":[],"logprobs":[],"text":`...), text)
	return append(dst, '}')
}

func (responses) mockStream(dst []byte, m *mockAnswer) []byte {
	number := 0
	event := func(name string, place int, fill func()) { // place: how deep it says where it belongs
		dst = append(append(append(dst, "event: "...), name...), "\ndata: {\"type\":\""...)
		dst = appendInt(append(append(dst, name...), '"'), "sequence_number", number)
		number++
		if place >= 2 {
			dst = append(appendMember(dst, "item_id", "msg_"+m.id), `,"output_index":0,"content_index":0`...)
		} else if place == 1 {
			dst = append(dst, `,"output_index":0`...)
		}
		fill()
		dst = append(dst, "}\n\n"...)
	}
	response := func(status string) func() {
		return func() { dst = m.appendResponse(append(dst, `,"response":`...), status) }
	}
	item := func(status string) func() {
		return func() { dst = m.appendItem(append(dst, `,"item":`...), status) }
	}
	part := func(text string) func() { return func() { dst = appendPart(append(dst, `,"part":`...), text) } }
	event("response.created", 0, response("in_progress"))
	event("response.in_progress", 0, response("in_progress"))
	event("response.output_item.added", 1, item("in_progress"))
	event("response.content_part.added", 2, part(""))
	for piece := range m.pieces() {
		if piece != "" {
			event("response.output_text.delta", 2, func() { dst = append(appendMember(dst, "delta", piece), `,"logprobs":[]`...) })
		}
	}
	event("response.output_text.done", 2, func() { dst = append(appendMember(dst, "text", m.text), `,"logprobs":[]`...) })
	event("response.content_part.done", 2, part(m.text))
	event("response.output_item.done", 1, item("completed"))
	event("response.completed", 0, response("completed"))
	return dst
}
