package dialect

import "github.com/routeiq/routeiq/abi/jsontext"

// walker finds members in a JSON text, at any depth, without checking the text: events of a stream are many, and most
// say nothing to us. On text that is not JSON it finds nothing or nonsense, but ends.
type walker struct {
	text  []byte
	at    int
	depth int // of the object the last key is in: 1 is the outermost
}

// next goes to the next member and returns its key as it stands (escapes are not undone). The walker then stands at the
// value; a value that is not read is walked through. Strings are passed over eight
// bytes at a time; what stands between them is short.
func (w *walker) next() (key []byte, ok bool) {
	text, i, depth := w.text, w.at, w.depth
	for i < len(text) {
		c := text[i]
		i++
		if c != '"' {
			switch c | 0x20 { // the bit in which [ and { differ, and ] and }
			case '{':
				depth++
			case '}':
				depth--
			}
			continue
		}
		start := i
		i = quote(text, i)
		if i == len(text) {
			break
		}
		end := i
		for i++; i < len(text) && text[i] <= ' '; i++ {
		}
		if i == len(text) || text[i] != ':' { // a value
			continue
		}
		for i++; i < len(text) && text[i] <= ' '; i++ {
		}
		w.at, w.depth = i, depth
		return text[start:end], true
	}
	w.at = len(text)
	return nil, false
}

// quote returns where the string that holds text[at] ends: the place of its quote, or len(text).
func quote(text []byte, at int) int {
	for {
		at = jsontext.Plain(text, at)
		if at == len(text) || text[at] == '"' {
			return at
		}
		if text[at] == '\\' && at+1 < len(text) {
			at++
		}
		at++
	}
}

// is tells whether the value begins with c.
func (w *walker) is(c byte) bool { return w.at < len(w.text) && w.text[w.at] == c }

// str reads a string value and returns its inside as it stands.
func (w *walker) str() (inside []byte, ok bool) {
	if !w.is('"') {
		return nil, false
	}
	start := w.at + 1
	end := quote(w.text, start)
	if end == len(w.text) {
		w.at = end
		return nil, false
	}
	w.at = end + 1
	return w.text[start:end], true
}

// rest is the text from the value on.
func (w *walker) rest() []byte { return w.text[w.at:] }

// meaning undoes the escapes of a string's inside.
func meaning(inside []byte) string {
	quoted := make([]byte, 0, len(inside)+2)
	quoted = append(append(append(quoted, '"'), inside...), '"')
	s, err := jsontext.NewReader(quoted, 1).String()
	if err != nil {
		return string(inside) // not JSON: as it stands is the best there is
	}
	return s
}
