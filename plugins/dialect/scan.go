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
// value; a value that is not read is walked through. It is one loop without calls, as calls are dear in WebAssembly.
func (w *walker) next() (key []byte, ok bool) {
	text, i, depth := w.text, w.at, w.depth
	for i < len(text) {
		switch text[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			start := i + 1
			for i = start; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			if i >= len(text) {
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
		i++
	}
	w.at = len(text)
	return nil, false
}

// is tells whether the value begins with c.
func (w *walker) is(c byte) bool { return w.at < len(w.text) && w.text[w.at] == c }

// str reads a string value and returns its inside as it stands.
func (w *walker) str() (inside []byte, ok bool) {
	if !w.is('"') {
		return nil, false
	}
	for i := w.at + 1; i < len(w.text); i++ {
		switch w.text[i] {
		case '\\':
			i++
		case '"':
			inside, w.at = w.text[w.at+1:i], i+1
			return inside, true
		}
	}
	w.at = len(w.text)
	return nil, false
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
