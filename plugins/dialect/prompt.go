package dialect

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// prompting reads the words of one body, in one pass that only notes where texts stand; prompt_text.go copies the few that
// are kept. What is not of the shape its API documents is not counted.
type prompting struct {
	r    jsontext.Reader
	text []byte
	p    abi.Prompt

	// Where the texts stand: of the API's own member (instructions, system), of the first message that holds a system
	// prompt, of the first and of the newest message of the user that has text.
	top, system, first, last span

	assistant bool // the message before is an assistant's

	all   bool // turns are wanted
	turns []spoken
}

// ReadPrompt reads the words of a body that ReadBody has accepted, for those strategies that go by them. Of each text it keeps
// at most the first 16 KiB. The parts of one message are joined with a line break.
//
// The other APIs are counted as chat completions would count them. The calls an assistant makes in one turn are one message, with
// what it says there (items, of responses). Each result of a tool is one tool's message, also where several are blocks of one
// message of the user (messages). A cycle is an assistant's message with a tool's right behind it.
func ReadPrompt(call Call, body []byte) abi.Prompt {
	q := prompting{r: *jsontext.NewReader(body, jsontext.DefaultMaxDepth), text: body}
	_ = q.read(call.API) // the body is valid: ReadBody has seen to it
	if q.top.none() {
		q.top = q.system
	}
	q.p.System, q.p.First = q.copied(q.top), q.copied(q.first)
	if q.p.Last = q.p.First; q.last != q.first {
		q.p.Last = q.copied(q.last)
	}
	return q.p
}

func (q *prompting) read(api abi.API) error {
	err := q.r.Enter(jsontext.Object)
	for first := true; err == nil; first = false {
		var key []byte
		if key, err = q.r.NextMember(first); key == nil {
			break
		}
		err = q.member(api, key)
	}
	return err
}

// member reads a top-level member. A text that is sent in place of messages is the user's.
func (q *prompting) member(api abi.API, key []byte) error {
	switch string(key) {
	case "messages":
		if api == abi.APIChat || api == abi.APIMessages {
			return q.list(false)
		}
	case "prompt":
		if api == abi.APICompletions {
			return q.batch()
		}
	case "input":
		switch {
		case api == abi.APIEmbeddings, api == abi.APIResponses && q.r.Peek() == jsontext.String:
			return q.batch()
		case api == abi.APIResponses:
			return q.list(true)
		}
	case "instructions":
		if api == abi.APIResponses {
			return q.instructions()
		}
	case "system":
		if api == abi.APIMessages {
			return q.instructions()
		}
	case "functions": // what chat completions had before they had tools
		if api == abi.APIChat {
			return q.tools()
		}
	case "tools":
		if api != abi.APICompletions && api != abi.APIEmbeddings {
			return q.tools()
		}
	}
	return q.r.Skip()
}

// list reads messages, or items.
func (q *prompting) list(items bool) error {
	if q.r.Peek() != jsontext.Array {
		return q.r.Skip()
	}
	err := q.r.Enter(jsontext.Array)
	for first := true; err == nil; first = false {
		var more bool
		if more, err = q.r.NextItem(first); !more {
			break
		}
		err = q.message(items)
	}
	return err
}

// batch reads a text, or the first of a list of texts.
func (q *prompting) batch() error {
	if q.r.Peek() != jsontext.Array {
		c, err := q.content()
		if err == nil && c.text {
			q.p.Messages++
			q.speaks(userSpeaks, c)
			q.says(c)
		}
		return err
	}
	err := q.r.Enter(jsontext.Array)
	for first := true; err == nil; first = false {
		var more bool
		if more, err = q.r.NextItem(first); !more {
			break
		}
		if q.first.none() && q.r.Peek() == jsontext.String {
			err = q.batch()
			continue
		}
		err = q.r.Skip()
	}
	return err
}

// instructions reads what an API has beside the messages for the system's prompt. It goes before theirs.
func (q *prompting) instructions() error {
	c, err := q.content()
	if err == nil && c.text {
		q.top = c.at
	}
	return err
}

func (q *prompting) tools() error {
	if q.r.Peek() != jsontext.Array {
		return q.r.Skip()
	}
	return q.r.Array(func(int) error {
		if q.r.Peek() == jsontext.Object {
			q.p.Tools++
		}
		return q.r.Skip()
	})
}
