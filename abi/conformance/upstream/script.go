package upstream

import (
	"strings"
	"time"
)

// Script says how one request is answered. The zero value is a good answer in the shape of the API called.
type Script struct {
	Status int         // 0: what fits
	Header [][2]string // beside the usual ones
	Body   []byte      // instead of the usual one; one that begins with "data:", "event:" or ':' is a stream
	Usage  *Usage      // nil: DefaultUsage
	// Events is how many pieces of text a stream has; 0: three, if the request asks for a stream.
	Events int
	Every  time.Duration // between two chunks of the body
	// InStep sends an event only when the client has read those before it but Slack: proof that nothing holds a stream back.
	InStep  bool
	After   int  // it waits until so many other calls of its step are over
	Size    int  // bytes of a whole answer's text, or of each event's, at least
	Early   bool // it answers without having read the request's body, and closes the connection
	NoUsage bool // the answer does not say its usage, whatever was asked for
	Gzip    bool // the answer is encoded, although nobody asked for it
	// Wait is how long it sends nothing; WaitAfterHeaders: nothing but the headers.
	Wait             time.Duration
	WaitAfterHeaders bool
	// Where a stream says that it failed, and ends: in the first event that says anything, behind the events that open a
	// stream of its API, or behind its pieces of text. Who asked for no stream gets the error as the body of a 200.
	ErrorFirst, ErrorOpened, ErrorLater bool
	// Error names what an error says, whether it is a body or an event: one of Errors; empty: what fits the status.
	Error string
	// LengthOff is what content-length states more than is sent, or less when it is negative; the connection is then closed.
	LengthOff int
	End       End
}

// Slack is how many events a proxy may hold back: those at a stream's beginning that say nothing yet.
const Slack = 4

// Usage is the tokens an answer claims.
type Usage struct{ Input, Output int }

// DefaultUsage is what answers claim when the script does not say.
var DefaultUsage = Usage{Input: 9, Output: 5}

// End says how an answer ends.
type End uint8

// The ends.
const (
	Whole             End = iota // as it should
	Hang                         // nothing is sent, ever
	HangAfterHeaders             // nothing is sent but the headers
	Close                        // the connection is closed before anything was sent
	Garble                       // what is sent is no HTTP
	Reset                        // the connection is reset before anything was sent
	ResetAfterHeaders            // the connection is reset between headers and body
	Break                        // the connection is closed when the chunks are sent, before the body's end
	ResetInBody                  // the connection is reset then
	Stall                        // the connection stays then, and nothing more is sent, ever
	Stop                         // the body ends then, as HTTP wants it, but before the answer is whole
)

// partial tells whether an answer's end is left away: the events that end a stream, or the second half of a whole answer.
func (e End) partial() bool { return e == Break || e == ResetInBody || e == Stall || e == Stop }

// failing tells whether the answer is an accepted stream that says it failed.
func (s Script) failing() bool { return s.ErrorFirst || s.ErrorOpened || s.ErrorLater }

func (s Script) status() int {
	if s.Status == 0 {
		return 200
	}
	return s.Status
}

func (s Script) usage() Usage {
	if s.Usage == nil {
		return DefaultUsage
	}
	return *s.Usage
}

// long fills a text up to Size.
func (s Script) long(text string) string {
	if n := s.Size - len(text); n > 0 {
		text += strings.Repeat("word ", n/5+1)
	}
	return text
}

// pieces are the parts of a streamed text.
func (s Script) pieces(text string) []string {
	n := s.Events
	if n == 0 {
		n = 3
	}
	all := make([]string, n)
	for i := range all {
		all[i] = "word "
	}
	all[0] = text + " "
	for i := range all {
		all[i] = s.long(all[i])
	}
	return all
}
