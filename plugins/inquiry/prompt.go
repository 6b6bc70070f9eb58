// Package inquiry asks a language model about a request before that is decided: calls one after the other, within a deadline, a number
// and a budget. What is asked and what the answers mean is a Plan's; it makes no call itself.
package inquiry

import (
	"errors"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// Prompt is one call.
type Prompt struct {
	Messages    []Message
	MaxTokens   int
	Temperature float64
	TopP        float64 // 0: not said
	Stop        []string
	Seed        int // 0: not said
}

// Message is one of a prompt's.
type Message struct{ Role, Text string }

// The roles.
const (
	System    = "system"
	User      = "user"
	Assistant = "assistant"
)

// Body is the body of a request for chat completions.
func Body(j *abi.Judge, p *Prompt) []byte {
	size := 256
	for _, m := range p.Messages {
		size += len(m.Text) + 64
	}
	b := jsontext.AppendString(append(make([]byte, 0, size), `{"model":`...), j.Model)
	b = append(b, `,"messages":[`...)
	for i, m := range p.Messages {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsontext.AppendString(append(b, `{"role":`...), m.Role)
		b = jsontext.AppendString(append(b, `,"content":`...), m.Text)
		b = append(b, '}')
	}
	b = strconv.AppendInt(append(b, `],"max_tokens":`...), int64(p.MaxTokens), 10)
	b = jsontext.AppendFloat(append(b, `,"temperature":`...), p.Temperature)
	if p.TopP > 0 {
		b = jsontext.AppendFloat(append(b, `,"top_p":`...), p.TopP)
	}
	for i, s := range p.Stop {
		if i == 0 {
			b = append(b, `,"stop":[`...)
		} else {
			b = append(b, ',')
		}
		b = jsontext.AppendString(b, s)
	}
	if len(p.Stop) > 0 {
		b = append(b, ']')
	}
	if p.Seed != 0 {
		b = strconv.AppendInt(append(b, `,"seed":`...), int64(p.Seed), 10)
	}
	return append(b, `,"stream":false}`...)
}

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
