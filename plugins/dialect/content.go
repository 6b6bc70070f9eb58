package dialect

import (
	"bytes"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// content reads a value the model reads, whose objects are messages and parts of messages: it counts the bytes and
// looks for images where the APIs have them, in "content" and "output", at any depth of these.
func (q *request) content() error {
	start := q.r.Pos()
	err := q.parts()
	q.bytes += q.r.Offset() - start
	return err
}

// plain reads a value the model reads that holds no parts: it only counts the bytes.
func (q *request) plain() error {
	start := q.r.Pos()
	err := q.pass(nil)
	q.bytes += q.r.Offset() - start
	return err
}

func (q *request) parts() error {
	switch q.r.Peek() {
	case jsontext.Array:
		err := q.r.Enter(jsontext.Array)
		for first := true; err == nil; first = false {
			var more bool
			if more, err = q.r.NextItem(first); !more {
				break
			}
			err = q.parts()
		}
		return err
	case jsontext.Object:
		err := q.r.Enter(jsontext.Object)
		for first := true; err == nil; first = false {
			var key []byte
			if key, err = q.r.NextMember(first); key == nil {
				break
			}
			switch string(key) {
			case "content", "output":
				err = q.parts()
			case "type":
				err = q.partType()
			default:
				err = q.pass(key)
			}
		}
		return err
	}
	return q.pass(nil)
}

func (q *request) partType() error {
	if q.r.Peek() != jsontext.String {
		return q.pass(nil)
	}
	name, err := q.r.Bytes()
	switch string(name) {
	case "image_url", "input_image", "image": // chat completions, responses, messages
		q.need(abi.NeedVision)
	}
	return err
}

// pass reads any value and notes the payloads in it. key is the name it has.
func (q *request) pass(key []byte) error {
	switch q.r.Peek() {
	case jsontext.Object:
		err := q.r.Enter(jsontext.Object)
		for first := true; err == nil; first = false {
			var inner []byte
			if inner, err = q.r.NextMember(first); inner == nil {
				break
			}
			err = q.pass(inner)
		}
		return err
	case jsontext.Array:
		err := q.r.Enter(jsontext.Array)
		for first := true; err == nil; first = false {
			var more bool
			if more, err = q.r.NextItem(first); !more {
				break
			}
			err = q.pass(key)
		}
		return err
	case jsontext.String:
		start := q.r.Offset() // Peek has passed over white space
		err := q.r.Skip()
		if n := q.r.Offset() - start; n >= payloadBytes && isPayload(key, q.text[start+1:q.r.Offset()]) {
			q.payload += n
		}
		return err
	}
	return q.r.Skip()
}

// payloadBytes is the length from which a string can be a payload; shorter ones hardly change the estimate.
const payloadBytes = 1024

func isPayload(key, value []byte) bool {
	head := value[:min(len(value), 128)]
	if bytes.HasPrefix(head, []byte("data:")) {
		return bytes.Contains(head, []byte(";base64,"))
	}
	switch string(key) {
	case "data", "file_data", "b64_json", "result", "encrypted_content":
		return looksBase64(head[:min(len(head), 64)])
	}
	return false
}

func looksBase64(s []byte) bool {
	for i, c := range s {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '+', c == '/', c == '-', c == '_', c == '=':
		case c == '\\' && (i+1 == len(s) || s[i+1] == '/' || s[i+1] == 'n' || s[i+1] == 'r'): // an escaped slash or line break
		default:
			return false
		}
	}
	return true
}

// tools reads the list of tools: it counts, and a list that is not empty needs the capability.
func (q *request) tools() error {
	if q.r.Peek() != jsontext.Array {
		return q.plain()
	}
	start := q.r.Pos()
	err := q.r.Array(func(int) error {
		q.need(abi.NeedTools)
		return q.pass(nil)
	})
	q.bytes += q.r.Offset() - start
	return err
}

// format reads the object that says how the answer is to be shaped; inner is the member of it that holds the shape,
// nil when it is the object itself.
func (q *request) format(inner []byte) error {
	if q.r.Peek() != jsontext.Object {
		return q.r.Skip()
	}
	return q.r.Object(func(key []byte) error {
		switch {
		case inner != nil && bytes.Equal(key, inner):
			return q.format(nil)
		case inner == nil && string(key) == "type" && q.r.Peek() == jsontext.String:
			name, err := q.r.Bytes()
			if string(name) == "json_schema" {
				q.need(abi.NeedJSONSchema)
			}
			return err
		}
		return q.r.Skip()
	})
}

// inputs reads one input or a batch: a text, a list of texts, a list of token numbers, or a list of such lists.
func (q *request) inputs() error {
	if q.r.Peek() != jsontext.Array {
		n, err := q.input()
		q.largest, q.batch = n, n
		return err
	}
	count, numbers := 0, 0
	err := q.r.Array(func(int) error {
		if q.r.Peek() == jsontext.Number {
			numbers++
			return q.r.Skip()
		}
		n, err := q.input()
		count++
		q.largest, q.batch = max(q.largest, n), q.batch+n
		return err
	})
	if numbers > 0 {
		count++
		q.largest, q.batch = max(q.largest, numbers), q.batch+numbers
	}
	q.b.Inputs = count
	return err
}

// input reads one input and estimates its tokens.
func (q *request) input() (tokens int, err error) {
	start, payload := q.r.Pos(), q.payload
	if q.r.Peek() == jsontext.Array {
		err = q.r.Array(func(int) error {
			tokens++
			return q.pass(nil)
		})
		return tokens, err
	}
	err = q.pass(nil)
	n := q.r.Offset() - start - (q.payload - payload)
	q.payload = payload // it is taken off here already
	return tokensOf(n), err
}
