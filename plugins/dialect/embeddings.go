package dialect

import (
	"encoding/base64"
	"math"
	"strconv"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// embeddings is OpenAI's POST /v1/embeddings. It has no stream.
type embeddings struct{}

func (embeddings) member(q *request, key []byte) (bool, error) {
	switch string(key) {
	case "input":
		return true, q.inputs()
	case "encoding_format":
		if q.r.Peek() != jsontext.String {
			return true, q.r.Skip()
		}
		name, err := q.r.Bytes()
		q.b.Base64 = string(name) == "base64"
		return true, err
	}
	return false, nil
}

func (embeddings) event(a *Answer, name, data []byte) { a.chunk(name, data) }

// mockVector is a vector of length 1 whose numbers every float format holds exactly.
var mockVector = [8]float32{0.5, -0.5, 0.5, -0.5, 0, 0, 0, 0}

func (embeddings) mock(dst []byte, m *mockAnswer) []byte {
	var raw []byte
	for _, v := range mockVector {
		bits := math.Float32bits(v)
		raw = append(raw, byte(bits), byte(bits>>8), byte(bits>>16), byte(bits>>24))
	}
	dst = append(dst, `{"object":"list","data":[`...)
	for i := range m.body.Inputs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(append(dst, `{"object":"embedding","index":`...), int64(i), 10)
		dst = append(dst, `,"embedding":`...)
		if m.body.Base64 {
			dst = append(base64.StdEncoding.AppendEncode(append(dst, '"'), raw), `"}`...)
			continue
		}
		dst = append(dst, '[')
		for j, v := range mockVector {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = jsontext.AppendFloat(dst, float64(v))
		}
		dst = append(dst, `]}`...)
	}
	dst = appendMember(append(dst, ']'), "model", m.model)
	dst = strconv.AppendInt(append(dst, `,"usage":{"prompt_tokens":`...), int64(m.input), 10)
	return append(appendInt(dst, "total_tokens", m.input), `}}`...)
}

// mockStream implements variant: a body of this API never asks for a stream.
func (e embeddings) mockStream(dst []byte, m *mockAnswer) []byte { return e.mock(dst, m) }
