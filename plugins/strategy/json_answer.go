package strategy

import (
	"errors"
	"strings"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// noText stands for a member whose value is no text: it is nothing that anybody could expect.
const noText = "\x00"

// errNoObject is said of JSON that is no object.
var errNoObject = errors.New("no JSON object")

// textMembers reads some members of a JSON object; of one that is not there the default is returned. As in Python, of members with
// one name the last counts.
func textMembers(text string, names []string, defaults ...string) ([]string, error) {
	if !jsontext.Valid([]byte(text)) {
		return nil, errNoObject
	}
	r := jsontext.NewReader([]byte(text), jsontext.DefaultMaxDepth)
	if r.Peek() != jsontext.Object {
		return nil, errNoObject
	}
	values := append([]string(nil), defaults...)
	err := r.Object(func(key []byte) (err error) {
		for i, name := range names {
			if name != string(key) {
				continue
			}
			if r.Peek() != jsontext.String {
				values[i] = noText
				break
			}
			values[i], err = r.String()
			return err
		}
		return r.Skip()
	})
	return values, err
}

// firstObject cuts the first {…} out of a text, by counting braces: also those that stand in strings. Empty: there is none.
func firstObject(text string) string {
	start := strings.IndexByte(text, '{')
	if start < 0 {
		return ""
	}
	depth := 0
	for i := start; i < len(text); i++ {
		switch text[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return text[start : i+1]
			}
		}
	}
	return ""
}
