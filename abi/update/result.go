package update

import (
	"strings"
	"unicode"
)

// Result is what became of an update at a host.
type Result struct {
	Node     string `json:"node"`
	Revision string `json:"revision"`
	Taken    bool   `json:"taken"`            // it serves new requests
	Reason   string `json:"reason,omitempty"` // why it was not taken
}

// MaxReason bounds a Result's reason, in bytes.
const MaxReason = 4 << 10

// Refused is the result of an update that was not taken. The reason is cut to MaxReason.
func Refused(node, revision, reason string) Result {
	return Result{Node: node, Revision: revision, Reason: Cut(reason)}
}

// Cut makes a text of another process fit for logs and answers: at most MaxReason bytes, lines kept, without any other
// control character.
func Cut(text string) string {
	if len(text) > MaxReason {
		text = strings.ToValidUTF8(text[:MaxReason-len("…")], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}

// ValidNode tells whether a text may be a node's id: 1 to MaxNode bytes of printable ASCII without spaces, so that it can
// stand in a log line, a label and a path.
func ValidNode(id string) bool {
	if id == "" || len(id) > MaxNode {
		return false
	}
	return strings.IndexFunc(id, func(r rune) bool { return r <= ' ' || r >= unicode.MaxASCII }) < 0
}
