package dialect

import (
	"strconv"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// completions is OpenAI's POST /v1/completions, still the API of code completion and of many local servers.
type completions struct{}

func (completions) member(q *request, key []byte) (bool, error) {
	switch string(key) {
	case "prompt":
		return true, q.inputs()
	case "suffix":
		return true, q.plain()
	case "response_format": // vLLM and others
		return true, q.format(nil)
	case "stream":
		return true, q.stream()
	case "stream_options":
		return true, q.streamOptions()
	}
	return false, nil
}

func (completions) event(a *Answer, name, data []byte) { a.chunk(name, data) }

func (completions) mock(dst []byte, m *mockAnswer) []byte {
	dst = append(m.openAIHead(dst, "cmpl-", "text_completion"), `,"choices":[`...)
	for i := range max(m.body.Inputs, 1) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendChoice(dst, i, m.text, `"stop"`), '}')
	}
	return append(m.appendUsage(append(dst, ']')), '}')
}

func (completions) mockStream(dst []byte, m *mockAnswer) []byte {
	chunk := func(index int, text, finish string) {
		dst = append(m.openAIHead(append(dst, "data: "...), "cmpl-", "text_completion"), `,"choices":[`...)
		dst = append(appendChoice(dst, index, text, finish), `}]`...)
		if m.body.IncludeUsage {
			dst = append(dst, `,"usage":null`...)
		}
		dst = append(dst, "}\n\n"...)
	}
	for i := range max(m.body.Inputs, 1) {
		for piece := range m.pieces() {
			if piece != "" {
				chunk(i, piece, "null")
			}
		}
		chunk(i, "", `"stop"`)
	}
	if m.body.IncludeUsage {
		dst = append(m.openAIHead(append(dst, "data: "...), "cmpl-", "text_completion"), `,"choices":[]`...)
		dst = append(m.appendUsage(dst), "}\n\n"...)
	}
	return append(dst, "data: [DONE]\n\n"...)
}

// appendChoice appends one choice without its closing brace.
func appendChoice(dst []byte, index int, text, finish string) []byte {
	dst = strconv.AppendInt(append(dst, `{"index":`...), int64(index), 10)
	dst = jsontext.AppendString(append(dst, `,"text":`...), text)
	return append(append(dst, `,"logprobs":null,"finish_reason":`...), finish...)
}
