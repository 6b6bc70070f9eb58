package vm

import "strings"

// Header is one header line. Names are in lower case; those of HTTP/2's pseudo headers begin with ':'.
type Header struct{ Name, Value string }

// Headers is a header map as a filter sees it: few lines, in the order they came, looked up by walking them.
type Headers struct{ lines []Header }

// NewHeaders returns a map that holds lines, and takes the slice over.
func NewHeaders(lines []Header) *Headers { return &Headers{lines: lines} }

// Len is the number of lines.
func (h *Headers) Len() int {
	if h == nil {
		return 0
	}
	return len(h.lines)
}

// Lines returns the lines; the caller must not change them, and they are valid until the next change.
func (h *Headers) Lines() []Header {
	if h == nil {
		return nil
	}
	return h.lines
}

// Get returns the first value of name, as Envoy does.
func (h *Headers) Get(name string) (string, bool) {
	for i := range h.Lines() {
		if h.lines[i].Name == name {
			return h.lines[i].Value, true
		}
	}
	return "", false
}

// Value returns the first value of name, or nothing.
func (h *Headers) Value(name string) string {
	v, _ := h.Get(name)
	return v
}

// Add appends a line. A pseudo header is not repeated: a second one replaces the first.
func (h *Headers) Add(name, value string) {
	if name != "" && name[0] == ':' {
		h.Set(name, value)
		return
	}
	h.lines = append(h.lines, Header{name, value})
}

// Set leaves one line of name, at the place of the first.
func (h *Headers) Set(name, value string) {
	for i := range h.lines {
		if h.lines[i].Name == name {
			h.lines[i].Value = value
			h.drop(i+1, func(n string) bool { return n == name })
			return
		}
	}
	h.lines = append(h.lines, Header{name, value})
}

// Del removes every line of name.
func (h *Headers) Del(name string) { h.drop(0, func(n string) bool { return n == name }) }

// DelPrefix removes every line whose name begins with prefix.
func (h *Headers) DelPrefix(prefix string) {
	h.drop(0, func(n string) bool { return strings.HasPrefix(n, prefix) })
}

// Replace puts other lines in place of all.
func (h *Headers) Replace(lines []Header) { h.lines = lines }

// Size is the number of bytes of all names and values.
func (h *Headers) Size() int {
	n := 0
	for _, l := range h.Lines() {
		n += len(l.Name) + len(l.Value)
	}
	return n
}

func (h *Headers) drop(from int, gone func(name string) bool) {
	kept := h.lines[:from]
	for _, l := range h.lines[from:] {
		if !gone(l.Name) {
			kept = append(kept, l)
		}
	}
	clear(h.lines[len(kept):])
	h.lines = kept
}

// fits tells whether a name and value from a module can be sent as they are: no line breaks and no NUL anywhere, no
// blank or upper case in the name, and a status that is one.
func fits(name, value string) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || c >= 'A' && c <= 'Z' {
			return false
		}
	}
	if name == ":status" && !isStatus(value) {
		return false
	}
	return strings.IndexByte(value, '\n') < 0 && strings.IndexByte(value, '\r') < 0 && strings.IndexByte(value, 0) < 0
}

// isStatus tells whether a value is a status of HTTP: three digits, of which the first is not 0.
func isStatus(value string) bool {
	return len(value) == 3 && value[0] >= '1' && value[0] <= '9' && value[1] >= '0' && value[1] <= '9' && value[2] >= '0' && value[2] <= '9'
}
