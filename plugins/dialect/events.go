package dialect

import "bytes"

// events cuts a stream of server-sent events (WHATWG HTML §9.2) into events, in any pieces. Lines end with LF, CRLF or
// CR. A CR that ends a piece waits for the next one, as an LF may follow that belongs to it.
type events struct {
	held  []byte // the bytes of an event that is not complete yet
	line  int    // where in the event the current line begins
	seen  int    // how far it was searched for the line's end
	began bool   // the stream's first line was seen: a byte order mark can stand before it

	name span   // of the event's name, in the event's bytes
	data []span // of each of its data lines
}

// maxEvent is the longest event that is read; a stream that holds a longer one passes unread from there on.
const maxEvent = 16 << 20

// next looks for the end of the event that begins at text[0]: it returns its length, with the blank line that ends it.
// At the end of a stream what is left is an event too. Until ok, it is called again with more text.
func (s *events) next(text []byte, end bool) (n int, ok bool) {
	for {
		lineEnd, next := s.lineEnd(text, end)
		if next == 0 {
			return len(text), end && len(text) > 0
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
	rest := text[s.seen:]
	lf := bytes.IndexByte(rest, '\n')
	if lf >= 0 {
		rest = rest[:lf]
	}
	if cr := bytes.IndexByte(rest, '\r'); cr >= 0 {
		at := s.seen + cr
		switch {
		case at+1 < len(text) && text[at+1] == '\n':
			return at, at + 2
		case at+1 == len(text) && !end:
			s.seen = at
			return 0, 0
		}
		return at, at + 1
	}
	if lf >= 0 {
		return s.seen + lf, s.seen + lf + 1
	}
	s.seen = len(text)
	if end && s.line < len(text) {
		return len(text), len(text)
	}
	return 0, 0
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
func (s *events) reset() { s.line, s.seen, s.name, s.data = 0, 0, span{}, s.data[:0] }

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
