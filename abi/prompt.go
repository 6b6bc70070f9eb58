package abi

// Prompt is what may be read of a request's words before it is decided. It is not kept, and not logged: what is made of it
// (Request.Agentic, Reasoning, Intent, Session) is.
type Prompt struct {
	System string // the first system prompt or instructions
	First  string // the first message of the user
	Last   string // the newest message of the user

	Messages     int
	Tools        int // that are offered
	ToolMessages int // results of tools
	Cycles       int // an assistant's message that is followed by a tool's result
}

// Turn is one message of a conversation.
type Turn struct {
	By   Speaker
	Text string
}

// Speaker is whose message one is.
type Speaker uint8

// The speakers.
const (
	BySystem Speaker = iota + 1
	ByUser
	ByAssistant
	ByTool
)
