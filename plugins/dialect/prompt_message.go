package dialect

import (
	"bytes"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// content is what was seen of a message's content.
type content struct {
	at      span
	text    bool // it has some
	results int  // of tools: blocks of Anthropic's messages
}

// speaker is whose message one is.
type speaker uint8

const (
	nobody speaker = iota
	systemSpeaks
	userSpeaks
	assistantSpeaks
	toolSpeaks
)

func speakerOf(role []byte) speaker {
	switch string(role) {
	case "system", "developer":
		return systemSpeaks
	case "user":
		return userSpeaks
	case "assistant":
		return assistantSpeaks
	case "tool", "function":
		return toolSpeaks
	}
	return nobody
}

// itemOf tells whose an item of the responses API is by its type, where it is no message. Each kind of call has a type of its
// own (function_call, custom_tool_call, computer_call, …), and its result one with "_output" behind it. A call is a part of the
// assistant's turn, in which one that has said something already is not counted again.
func itemOf(kind []byte) (who speaker, message bool) {
	switch {
	case len(kind) == 0, string(kind) == "message":
		return nobody, true
	case bytes.HasSuffix(kind, []byte("_call_output")):
		return toolSpeaks, false
	case bytes.HasSuffix(kind, []byte("_call")):
		return assistantSpeaks, false
	}
	return nobody, false // reasoning, references
}

// message reads one message, or one item.
func (q *prompting) message(item bool) error {
	if q.r.Peek() != jsontext.Object {
		return q.r.Skip()
	}
	var role, kind []byte
	var c content
	err := q.r.Enter(jsontext.Object)
	for first := true; err == nil; first = false {
		var key []byte
		if key, err = q.r.NextMember(first); key == nil {
			break
		}
		switch string(key) {
		case "role":
			role, err = q.word()
		case "type":
			kind, err = q.word()
		case "content":
			c, err = q.content()
		default:
			err = q.r.Skip()
		}
	}
	who, message := speakerOf(role), true
	if item {
		var by speaker
		if by, message = itemOf(kind); !message {
			who = by
		}
	}
	if err == nil && who != nobody {
		q.count(who, message, c)
	}
	return err
}

// count takes note of one message.
func (q *prompting) count(who speaker, message bool, c content) {
	if message || who != assistantSpeaks || !q.assistant {
		q.p.Messages++
	}
	q.speaks(who, c)
	results := 0
	switch who {
	case systemSpeaks:
		if c.text && q.system.none() {
			q.system = c.at
		}
	case userSpeaks:
		results = c.results
		if c.text {
			q.says(c)
		}
	case toolSpeaks:
		results = 1
	}
	q.p.ToolMessages += results
	if results > 0 && q.assistant {
		q.p.Cycles++
	}
	q.assistant = who == assistantSpeaks
}

// says notes a text of the user.
func (q *prompting) says(c content) {
	if q.first.none() {
		q.first = c.at
	}
	q.last = c.at
}
