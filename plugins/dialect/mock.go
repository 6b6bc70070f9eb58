package dialect

import (
	"iter"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// Content types of answers.
const (
	TypeJSON   = "application/json"
	TypeEvents = "text/event-stream; charset=utf-8"
)

// mockAnswer is what an API's file makes an answer from.
type mockAnswer struct {
	body          *Body
	model, text   string
	id            string // of the request: the answer's id is made from it
	created       string // Unix time in seconds, decimal
	input, output int    // tokens
}

// Mock makes the answer of a deployment that has a mock answer: text, in the shape body asks for, whole or as a stream.
// body is the request's (it says what API was called); id is the request's id, nowMS the time in milliseconds.
func Mock(api abi.API, model, text string, body *Body, id string, nowMS int64) (contentType string, answer []byte) {
	usage := MockUsage(api, text, body)
	m := &mockAnswer{
		body: body, model: model, text: text, id: id, created: strconv.FormatInt(nowMS/1000, 10),
		input: usage.Input, output: usage.Output,
	}
	v := variantOf(api)
	if body.Stream {
		return TypeEvents, v.mockStream(nil, m)
	}
	return TypeJSON, v.mock(nil, m)
}

// MockUsage is the usage that Mock states.
func MockUsage(api abi.API, text string, body *Body) abi.Usage {
	u := abi.Usage{Input: body.TotalTokens, Estimated: true}
	switch api {
	case abi.APIEmbeddings:
	case abi.APICompletions: // one answer for each prompt
		u.Output = tokensOf(len(text)) * max(body.Inputs, 1)
	default:
		u.Output = tokensOf(len(text))
	}
	return u
}

// pieces cuts the text into words with the blanks that follow them, as a model's tokens come.
func (m *mockAnswer) pieces() iter.Seq[string] { return strings.SplitAfterSeq(m.text, " ") }

func appendInt(dst []byte, name string, v int) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	return strconv.AppendInt(append(dst, '"', ':'), int64(v), 10)
}

// appendUsage appends ,"usage":{…} as chat completions and completions state it.
func (m *mockAnswer) appendUsage(dst []byte) []byte {
	dst = append(dst, `,"usage":{"prompt_tokens":`...)
	dst = strconv.AppendInt(dst, int64(m.input), 10)
	dst = appendInt(dst, "completion_tokens", m.output)
	return append(appendInt(dst, "total_tokens", m.input+m.output), '}')
}
