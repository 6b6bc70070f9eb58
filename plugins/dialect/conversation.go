package dialect

import (
	"slices"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// spoken is a message that has text.
type spoken struct {
	by abi.Speaker
	at span
}

var speakers = [...]abi.Speaker{systemSpeaks: abi.BySystem, userSpeaks: abi.ByUser, assistantSpeaks: abi.ByAssistant, toolSpeaks: abi.ByTool}

// maxConversation bounds what is kept of all messages together, in bytes.
const maxConversation = 64 << 10

// ReadWords reads the words of a body, and with turns every message too.
func ReadWords(call Call, body []byte, turns bool) (p abi.Prompt, all []abi.Turn) {
	if turns {
		all = ReadConversation(call, body)
	}
	return ReadPrompt(call, body), all
}

// ReadConversation reads every message that has text, of a body that ReadBody has accepted, in their order: the newest ones for
// which there is room, each cut as by ReadPrompt.
func ReadConversation(call Call, body []byte) []abi.Turn {
	q := prompting{r: *jsontext.NewReader(body, jsontext.DefaultMaxDepth), text: body, all: true}
	_ = q.read(call.API) // the body is valid: ReadBody has seen to it
	if !q.top.none() {   // the API's own member stands for a message before the others
		q.turns = slices.Insert(q.turns, 0, spoken{abi.BySystem, q.top})
	}
	var turns []abi.Turn
	room := maxConversation
	for _, one := range slices.Backward(q.turns) {
		text := q.copied(one.at)
		if room -= len(text); room < 0 {
			break
		}
		if text != "" {
			turns = append(turns, abi.Turn{By: one.by, Text: text})
		}
	}
	slices.Reverse(turns)
	return turns
}

// speaks notes a message, where all are wanted.
func (q *prompting) speaks(who speaker, c content) {
	if q.all && c.text {
		q.turns = append(q.turns, spoken{speakers[who], c.at})
	}
}
