package dialect

import (
	"bytes"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// repeat knows what the last event of a stream looked like that said nothing but a piece of text. The next hundreds
// differ from it only in a few places, its holes: the text, a number that counts the events, random padding. To compare
// the bytes between the holes is much cheaper than to look in each event for what it might say.
//
// It is safe because an event is read by its bytes alone: the same bytes around the holes, and in the holes a value of
// the same kind whose content is not looked at, are read the same way.
type repeat struct {
	holes []hole // of the learned event, in order; none: nothing was learned
	fixed []byte // the learned event without what is in its holes

	found []hole // in the event that is being read, in offsets of its data
	usual bool   // that event says nothing but a text
	tries int    // events learned since the last that was recognised

	number int // of the last event that had one (sequence_number)
}

// hole is a value that differs from event to event. In the learned event both offsets are those of the fixed bytes.
type hole struct {
	start, end int
	kind       holeKind
}

type holeKind uint8

const (
	holeText    holeKind = iota // the inside of a string that counts as output
	holePadding                 // the inside of a string that does not
	holeNumber                  // digits
)

const (
	repeatBytes = 2048 // longer events are not learned
	repeatHoles = 4    // nor those with more holes
	repeatTries = 64   // after so many in vain it is not tried again: every event differs
)

// begin forgets what was found in the last event.
func (r *repeat) begin() { r.found, r.usual = r.found[:0], true }

// spoil says that the event must be read, whatever is like it.
func (r *repeat) spoil() { r.usual = false }

// inside notes the string that w has just read.
func (r *repeat) inside(w *walker, s []byte, kind holeKind) {
	if r.usual {
		r.found = append(r.found, hole{w.at - 1 - len(s), w.at - 1, kind})
	}
}

// digits notes the number that w stands at.
func (r *repeat) digits(w *walker) {
	end := r.count(w.text, w.at)
	if r.usual && end > w.at {
		r.found = append(r.found, hole{w.at, end, holeNumber})
	}
}

// count reads the number at text[at] and returns where it ends.
func (r *repeat) count(text []byte, at int) int {
	start, n := at, 0
	for at < len(text) && text[at]-'0' <= 9 {
		n = (n*10 + int(text[at]-'0')) & (1<<30 - 1) // no count comes near; nonsense must not overflow
		at++
	}
	if at > start {
		r.number = n
	}
	return at
}

// learn takes over the event that was read; its data begins at offset at. An event that begins with a byte order mark
// means something else in the middle of a stream, and one that ends with CR may go on.
func (r *repeat) learn(event []byte, at int) {
	if !r.usual || len(r.found) == 0 || len(r.found) > repeatHoles || len(event) > repeatBytes || r.tries == repeatTries ||
		event[0] == 0xef || event[len(event)-1] != '\n' {
		return
	}
	r.tries++
	r.holes, r.fixed = r.holes[:0], r.fixed[:0]
	from := 0
	for _, h := range r.found {
		r.fixed = append(r.fixed, event[from:at+h.start]...)
		from = at + h.end
		r.holes = append(r.holes, hole{len(r.fixed), len(r.fixed), h.kind})
	}
	r.fixed = append(r.fixed, event[from:]...)
}

// next tells whether text begins with an event like the learned one: it returns the event's length, and how many bytes
// of text it brings. n is 0 when it is another, or not complete.
func (r *repeat) next(text []byte) (n, output int) {
	if len(r.holes) == 0 || len(text) < len(r.fixed) {
		return 0, 0
	}
	from := 0
	for i := range r.holes {
		h := &r.holes[i]
		if !bytes.HasPrefix(text[n:], r.fixed[from:h.start]) {
			return 0, 0
		}
		n, from = n+h.start-from, h.start
		start := n
		if h.kind == holeNumber {
			n = r.count(text, n)
			continue
		}
		for n = jsontext.Plain(text, n); len(text)-n > 1 && text[n] == '\\' && text[n+1] >= 0x20; n = jsontext.Plain(text, n) {
			n += 2
		}
		if h.kind == holeText {
			output += n - start
		}
	}
	if !bytes.HasPrefix(text[n:], r.fixed[from:]) { // it begins with the quote that ends the last string
		return 0, 0
	}
	r.tries = 0
	return n + len(r.fixed) - from, output
}
