package dialect

import (
	"bytes"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// chat is OpenAI's POST /v1/chat/completions.
type chat struct{}

func (chat) member(q *request, key []byte) (bool, error) {
	switch string(key) {
	case "messages":
		return true, q.content()
	case "tools", "functions":
		return true, q.tools()
	case "response_format":
		return true, q.format(nil)
	case "stream":
		return true, q.stream()
	case "stream_options":
		return true, q.streamOptions()
	}
	return false, nil
}

func (chat) event(a *Answer, name, data []byte) { a.chunk(name, data) }

// chunk reads a piece of an answer of chat completions or completions, which are alike. Their events have no names, but
// some upstreams name an error.
func (a *Answer) chunk(name, data []byte) {
	if string(name) == "error" {
		a.fail(data)
		return
	}
	if isDone(data) {
		a.done()
		return
	}
	silent, usage := false, false // it has no choice; it states usage
	before, ends := a.text, false
	w := walker{text: data}
	for key, ok := w.next(); ok; key, ok = w.next() {
		switch string(key) {
		case "error":
			if w.depth == 1 && !w.is('n') {
				a.repeat.spoil()
				if !saysNothing(w.rest()) {
					a.fail(w.rest())
					return
				}
			}
		case "choices":
			silent = w.depth == 1 && emptyList(w.rest())
		case "usage": // at 2: Groq's x_groq.usage
			if w.depth <= 2 && w.is('{') {
				a.counts.read(w.rest())
				a.counts.final, usage = true, true
				a.repeat.spoil()
			}
		case "finish_reason":
			if w.is('"') {
				a.closed, ends = true, true
				a.repeat.spoil()
			}
		case "content", "text", "reasoning_content", "reasoning", "refusal", "arguments":
			if s, ok := w.str(); ok {
				a.text += len(s)
				a.repeat.inside(&w, s, holeText)
			}
		case "obfuscation": // OpenAI's padding, which hides from the wire how long the text is
			if s, ok := w.str(); ok {
				a.repeat.inside(&w, s, holePadding)
			}
		}
	}
	if silent {
		a.repeat.spoil()
	}
	if silent && usage && a.edited && a.options.HideUsage {
		a.drop = true
	}
	if a.verdict == Pending && (usage || ends || a.text > before || deltaSays(data)) {
		a.answers()
	}
}

// deltaSays tells whether a chunk's delta holds anything but the role: a stream opens with one that does not, and Azure's
// with a chunk that only says what its filters found.
func deltaSays(data []byte) bool {
	inDelta := false
	w := walker{text: data}
	for key, ok := w.next(); ok; key, ok = w.next() {
		switch {
		case w.depth <= choiceDepth:
			inDelta = w.depth == choiceDepth && string(key) == "delta"
		case inDelta && w.depth == choiceDepth+1 && string(key) != "role" && !saysNothing(w.rest()):
			return true
		}
	}
	return false
}

// choiceDepth is how deep the members of a choice are: in the outermost object, in its list, in the choice.
const choiceDepth = 3

// isDone tells whether data is [DONE], which ends a stream.
func isDone(data []byte) bool {
	for len(data) > 0 && data[0] == ' ' {
		data = data[1:]
	}
	return bytes.HasPrefix(data, []byte("[DONE]"))
}

func emptyList(text []byte) bool {
	return len(text) > 1 && text[0] == '[' && bytes.HasPrefix(bytes.TrimLeft(text[1:], " \t\r\n"), []byte("]"))
}

func (m *mockAnswer) openAIHead(dst []byte, prefix, object string) []byte {
	dst = jsontext.AppendString(append(dst, `{"id":`...), prefix+m.id)
	dst = appendMember(dst, "object", object)
	dst = append(append(dst, `,"created":`...), m.created...)
	return appendMember(dst, "model", m.model)
}

func (chat) mock(dst []byte, m *mockAnswer) []byte {
	dst = m.openAIHead(dst, "chatcmpl-", "chat.completion")
	dst = append(dst, `,"choices":[{"index":0,"message":{"role":"assistant","content":`...)
	dst = jsontext.AppendString(dst, m.text)
	dst = append(dst, `,"refusal":null},"logprobs":null,"finish_reason":"stop"}]`...)
	return append(m.appendUsage(dst), '}')
}

func (chat) mockStream(dst []byte, m *mockAnswer) []byte {
	chunk := func(delta, content, finish string, last bool) {
		dst = m.openAIHead(append(dst, "data: "...), "chatcmpl-", "chat.completion.chunk")
		if last {
			dst = append(m.appendUsage(append(dst, `,"choices":[]`...)), "}\n\n"...)
			return
		}
		dst = append(append(dst, `,"choices":[{"index":0,"delta":{`...), delta...)
		if content != "" {
			dst = jsontext.AppendString(dst, content)
		}
		dst = append(append(dst, `},"logprobs":null,"finish_reason":`...), finish...)
		dst = append(dst, `}]`...)
		if m.body.IncludeUsage {
			dst = append(dst, `,"usage":null`...)
		}
		dst = append(dst, "}\n\n"...)
	}
	chunk(`"role":"assistant","content":"","refusal":null`, "", "null", false)
	for piece := range m.pieces() {
		if piece != "" {
			chunk(`"content":`, piece, "null", false)
		}
	}
	chunk("", "", `"stop"`, false)
	if m.body.IncludeUsage {
		chunk("", "", "", true)
	}
	return append(dst, "data: [DONE]\n\n"...)
}
