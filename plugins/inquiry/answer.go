package inquiry

import (
	"errors"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// Answer is what a language model said, and what that took.
type Answer struct {
	Text  string
	Usage abi.Usage // without Input: it did not say
}

var errNoText = errors.New("the answer has no choices[0].message.content")

// Read reads an answer of chat completions. A content that is a list is the text of its parts.
func Read(body []byte) (Answer, error) {
	r := jsontext.NewReader(body, jsontext.DefaultMaxDepth)
	var a Answer
	said := false
	err := r.Object(func(key []byte) error {
		switch string(key) {
		case "choices":
			return r.Array(func(i int) error {
				if i > 0 {
					return r.Skip()
				}
				return member(r, "message", func() error {
					return member(r, "content", func() (err error) {
						a.Text, said, err = content(r)
						return err
					})
				})
			})
		case "usage":
			if r.Peek() != jsontext.Object {
				return r.Skip()
			}
			return usage(r, &a.Usage)
		}
		return r.Skip()
	})
	if err == nil {
		err = r.End()
	}
	if err == nil && !said {
		err = errNoText
	}
	return a, err
}

// member reads one member of an object and passes over the others.
func member(r *jsontext.Reader, name string, read func() error) error {
	return r.Object(func(key []byte) error {
		if string(key) == name {
			return read()
		}
		return r.Skip()
	})
}

func content(r *jsontext.Reader) (text string, said bool, err error) {
	if r.Peek() == jsontext.Null {
		return "", false, r.Null()
	}
	if r.Peek() != jsontext.Array {
		text, err = r.String()
		return text, true, err
	}
	var all strings.Builder
	err = r.Array(func(int) error {
		part, isText := "", false
		err := r.Object(func(key []byte) (err error) {
			switch {
			case string(key) == "type":
				var kind string
				kind, err = r.String()
				isText = kind == "text"
				return err
			case string(key) == "text" && r.Peek() == jsontext.String:
				part, err = r.String()
				return err
			}
			return r.Skip()
		})
		if isText {
			all.WriteString(part)
		}
		return err
	})
	return all.String(), true, err
}

// maxTokens bounds what is believed.
const maxTokens = 1 << 30

func usage(r *jsontext.Reader, u *abi.Usage) error {
	return r.Object(func(key []byte) error {
		var into *int
		switch string(key) {
		case "prompt_tokens":
			into = &u.Input
		case "completion_tokens":
			into = &u.Output
		default:
			return r.Skip()
		}
		v, err := r.Float()
		if v >= 0 && v <= maxTokens {
			*into = int(v)
		}
		return err
	})
}
