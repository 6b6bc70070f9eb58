// Package inquiry asks a language model about a request before that is decided: calls one after the other, within a deadline, a number
// and a budget. What is asked and what the answers mean is a Plan's; it makes no call itself.
package inquiry

import (
	"strconv"

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
