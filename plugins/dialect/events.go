package dialect

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// events cuts a stream of server-sent events (WHATWG HTML §9.2) into events, in any pieces. Lines end with LF, CRLF or
// CR. A CR that ends a piece waits for the next one, as an LF may follow that belongs to it.
type events struct {
	held  []byte // the bytes of an event that is not complete yet
	line  int    // where in the event the current line begins
	seen  int    // how far it was searched for the line's end
	began bool   // the stream's first line was seen: a byte order mark can stand before it
	open  bool   // the event was ended by the stream's end, not by a blank line
	// afterCR: the event's blank line was a CR, the last byte there was. It is not waited for an LF, which belongs to it.
	afterCR bool

	name span   // of the event's name, in the event's bytes
	data []span // of each of its data lines
}

// maxEvent is the longest event that is read; a stream that holds a longer one passes unread from there on.
const maxEvent = 16 << 20

// next looks for the end of the event that begins at text[0]: it returns its length, with the blank line that ends it.
// At the end of a stream what is left is an event too. Until ok, it is called again with more text.
func (s *events) next(text []byte, end bool) (n int, ok bool) {
	if s.seen == 0 && s.began {
		if n = s.usual(text); n > 0 {
			return n, true
		}
	}
	for {
		lineEnd, next := s.lineEnd(text, end)
		if next == 0 {
			s.open = end && len(text) > 0
			return len(text), s.open
		}
		line := text[s.line:lineEnd]
		if len(line) == 0 && s.began {
			return next, true
		}
		s.field(line)
		s.line, s.seen = next, next
	}
}

// lineEnd returns where the current line ends and where the next one begins; 0 when it is not complete.
func (s *events) lineEnd(text []byte, end bool) (lineEnd, next int) {
	at := lineStop(text, s.seen)
	switch {
	case at == len(text):
		s.seen = at
		if end && s.line < at {
			return at, at
		}
		return 0, 0
	case text[at] == '\n':
		return at, at + 1
	case at+1 < len(text) && text[at+1] == '\n':
		return at, at + 2
	case at+1 == len(text) && !end && at == s.line && s.began:
		s.afterCR = true
	case at+1 == len(text) && !end:
		s.seen = at
		return 0, 0
	}
	return at, at + 1
}

// usual reads an event as nearly all are written: "data: …" or "event: …" and "data: …", ended by LF. It returns the
// event's length; 0 when this one is another, or not complete.
func (s *events) usual(text []byte) int {
	var name span
	at := 0
	if bytes.HasPrefix(text, []byte("event: ")) {
		name = span{7, lineStop(text, 7)}
		if at = name.end + 1; at > len(text) || text[name.end] != '\n' {
			return 0
		}
	}
	if !bytes.HasPrefix(text[at:], []byte("data: ")) {
		return 0
	}
	at += 6
	end := lineStop(text, at)
	if end+2 > len(text) || text[end] != '\n' || text[end+1] != '\n' {
		return 0
	}
	s.name, s.data = name, append(s.data, span{at, end})
	return end + 2
}

// lineStop returns where in text, from at on, the first LF or CR stands; len(text) when there is none. It looks at
// eight bytes together, as jsontext.Plain does: for one below 0x0e, which of the bytes in a stream are hardly others.
func lineStop(text []byte, at int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for at < len(text) {
		for len(text)-at >= 8 {
			x := binary.LittleEndian.Uint64(text[at:])
			if low := (x - ones*0x0e) &^ x & tops; low != 0 {
				at += bits.TrailingZeros64(low) >> 3
				break
			}
			at += 8
		}
		for ; at < len(text) && (len(text)-at < 8 || text[at] < 0x0e); at++ {
			if text[at] == '\n' || text[at] == '\r' {
				return at
			}
		}
	}
	return at
}

// field takes note of one line.
func (s *events) field(line []byte) {
	at := s.line
	if !s.began {
		s.began = true
		if bytes.HasPrefix(line, []byte("\xef\xbb\xbf")) {
			line, at = line[3:], at+3
		}
	}
	name, value, found := bytes.Cut(line, []byte(":"))
	if found {
		at += len(name) + 1
		if len(value) > 0 && value[0] == ' ' {
			at, value = at+1, value[1:]
		}
	}
	switch string(name) {
	case "data":
		s.data = append(s.data, span{at, at + len(value)})
	case "event":
		s.name = span{at, at + len(value)}
	}
}

// reset forgets the event that was read.
func (s *events) reset() { s.line, s.seen, s.name, s.data, s.open = 0, 0, span{}, s.data[:0], false }

// joined returns the event's data: its lines, with LF between them. One line shares memory with the event.
func (s *events) joined(event []byte) []byte {
	switch len(s.data) {
	case 0:
		return nil
	case 1:
		return event[s.data[0].start:s.data[0].end]
	}
	var all []byte
	for i, line := range s.data {
		if i > 0 {
			all = append(all, '\n')
		}
		all = append(all, event[line.start:line.end]...)
	}
	return all
}

// whole tells whether nothing is missing of an event's data: it is one JSON text, or [DONE], or there is none.
func (s *events) whole(event []byte) bool {
	data := s.joined(event)
	return len(data) == 0 || isDone(data) || jsontext.Valid(data)
}

// place says where in the event's bytes stands what stands at offset at of its data.
func (s *events) place(at int) int {
	for _, line := range s.data {
		if n := line.end - line.start; at > n {
			at -= n + 1
			continue
		}
		return line.start + at
	}
	return at
}
