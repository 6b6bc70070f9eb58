// Package jsontext reads and writes JSON text (RFC 8259) without reflection: strictly, in one pass, with the byte
// offset of everything it sees.
//
// It exists because encoding/json adds 1 MB to a WebAssembly module, and because a proxy must keep a body byte for
// byte: a caller needs to know where a value stands, not only what it is.
package jsontext

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Kind is the kind of a JSON value, told by its first byte.
type Kind byte

// The kinds of a JSON value. Invalid stands for anything that cannot begin one.
const (
	Invalid Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// String returns the kind's name as an error message needs it: with its article.
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case Bool:
		return "a boolean"
	case Number:
		return "a number"
	case String:
		return "a string"
	case Array:
		return "an array"
	case Object:
		return "an object"
	default:
		return "no JSON value"
	}
}

// Error is a refusal of the text: what is wrong, and at which byte (counted from 0).
type Error struct {
	Offset int
	Msg    string
}

func (e *Error) Error() string { return e.Msg + " at byte " + strconv.Itoa(e.Offset) }

// DefaultMaxDepth bounds nesting: deeper text is refused, so a nesting bomb costs nothing.
const DefaultMaxDepth = 128

// Reader is a cursor over one JSON text. Its methods consume one value each; the first error ends the reading.
// The zero value is not usable; see NewReader.
type Reader struct {
	data     []byte
	pos      int
	depth    int
	maxDepth int
}

// NewReader returns a Reader over data that refuses nesting deeper than maxDepth.
func NewReader(data []byte, maxDepth int) *Reader { return &Reader{data: data, maxDepth: maxDepth} }

// Valid tells whether data is exactly one JSON value, nested at most DefaultMaxDepth deep.
func Valid(data []byte) bool {
	r := NewReader(data, DefaultMaxDepth)
	return r.Skip() == nil && r.End() == nil
}

func (r *Reader) fail(msg string) error { return &Error{Offset: r.pos, Msg: msg} }

// next passes over white space and returns the byte behind it without consuming it; 0 at the text's end.
func (r *Reader) next() byte {
	for i := r.pos; i < len(r.data); i++ {
		if c := r.data[i]; c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			r.pos = i
			return c
		}
	}
	r.pos = len(r.data)
	return 0
}

// Pos returns the byte offset of the next value: white space before it is passed over first.
func (r *Reader) Pos() int {
	r.next()
	return r.pos
}

// Offset returns the byte offset just behind what was read last.
func (r *Reader) Offset() int { return r.pos }

// End refuses anything but white space after the last value.
func (r *Reader) End() error {
	if r.next(); r.pos != len(r.data) {
		return r.fail("text after the value")
	}
	return nil
}

// Peek tells the kind of the next value without consuming it.
func (r *Reader) Peek() Kind { return kinds[r.next()] }

// kinds is the kind of a value by its first byte.
var kinds = [256]Kind{
	'{': Object, '[': Array, '"': String, 't': Bool, 'f': Bool, 'n': Null, '-': Number,
	'0': Number, '1': Number, '2': Number, '3': Number, '4': Number,
	'5': Number, '6': Number, '7': Number, '8': Number, '9': Number,
}

func (r *Reader) expect(want Kind) error {
	got := r.Peek()
	if got == want {
		return nil
	}
	if r.pos >= len(r.data) {
		return r.fail("unexpected end, expected " + want.String())
	}
	return r.fail("expected " + want.String() + ", found " + got.String())
}

// Raw consumes one value and returns its bytes as they stand.
func (r *Reader) Raw() ([]byte, error) {
	start := r.Pos()
	if err := r.Skip(); err != nil {
		return nil, err
	}
	return r.data[start:r.pos], nil
}

// span consumes a string and returns its inside as it stands, and whether it holds an escape.
func (r *Reader) span() (inside []byte, escaped bool, err error) {
	if r.next() != '"' {
		return nil, false, r.expect(String)
	}
	start := r.pos + 1
	for i := Plain(r.data, start); i < len(r.data); i = Plain(r.data, i) {
		switch r.data[i] {
		case '"':
			r.pos = i + 1
			return r.data[start:i], escaped, nil
		case '\\':
			escaped = true
			n := escapeLen(r.data[i:])
			if n == 0 {
				r.pos = i
				return nil, false, r.fail("bad escape")
			}
			i += n
		default:
			r.pos = i
			return nil, false, r.fail("control character inside a string")
		}
	}
	r.pos = len(r.data)
	return nil, false, r.fail("unexpected end inside a string")
}

func escapeLen(s []byte) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(s) >= 6 && hex4(s[2:6]) >= 0 {
			return 6
		}
	}
	return 0
}

func hex4(s []byte) rune {
	var v rune
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		v = v<<4 | rune(c)
	}
	return v
}

// Bytes consumes a string and returns its meaning: escapes undone, a lone surrogate replaced by U+FFFD. Without an
// escape the result shares memory with the text.
func (r *Reader) Bytes() ([]byte, error) {
	inside, escaped, err := r.span()
	if err != nil || !escaped {
		return inside, err
	}
	return unescape(inside), nil
}

func unescape(s []byte) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			c := hex4(s[i+1 : i+5])
			i += 4
			if utf16.IsSurrogate(c) {
				if i+6 < len(s) && s[i+1] == '\\' && s[i+2] == 'u' {
					if both := utf16.DecodeRune(c, hex4(s[i+3:i+7])); both != utf8.RuneError {
						out = utf8.AppendRune(out, both)
						i += 6
						continue
					}
				}
				c = utf8.RuneError
			}
			out = utf8.AppendRune(out, c)
		default:
			out = append(out, s[i])
		}
	}
	return out
}

// String consumes a string and returns a copy of its meaning (see Bytes).
func (r *Reader) String() (string, error) {
	b, err := r.Bytes()
	return string(b), err
}

// Bool consumes true or false.
func (r *Reader) Bool() (bool, error) {
	if err := r.expect(Bool); err != nil {
		return false, err
	}
	if r.literal("true") {
		return true, nil
	}
	if r.literal("false") {
		return false, nil
	}
	return false, r.fail("expected true or false")
}

// Null consumes null.
func (r *Reader) Null() error {
	if err := r.expect(Null); err != nil {
		return err
	}
	if !r.literal("null") {
		return r.fail("expected null")
	}
	return nil
}

func (r *Reader) literal(word string) bool {
	if len(r.data)-r.pos < len(word) || string(r.data[r.pos:r.pos+len(word)]) != word {
		return false
	}
	r.pos += len(word)
	return true
}

// Int consumes a number without fraction or exponent that fits in 64 bits.
func (r *Reader) Int() (int64, error) {
	start := r.Pos()
	raw, err := r.number()
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		return 0, &Error{Offset: start, Msg: "expected a whole number"}
	}
	return v, nil
}

// Float consumes a number that a float64 can hold.
func (r *Reader) Float() (float64, error) {
	start := r.Pos()
	raw, err := r.number()
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return 0, &Error{Offset: start, Msg: "expected a number in the range of a double"}
	}
	return v, nil
}

// number consumes a number by the grammar of RFC 8259 §6.
func (r *Reader) number() ([]byte, error) {
	if kinds[r.next()] != Number {
		return nil, r.expect(Number)
	}
	start := r.pos
	if r.data[r.pos] == '-' {
		r.pos++
	}
	if r.pos < len(r.data) && r.data[r.pos] == '0' {
		r.pos++
	} else if !r.digits() {
		return nil, r.fail("expected a digit")
	}
	if r.pos < len(r.data) && r.data[r.pos] == '.' {
		r.pos++
		if !r.digits() {
			return nil, r.fail("expected a digit after '.'")
		}
	}
	if r.pos < len(r.data) && (r.data[r.pos] == 'e' || r.data[r.pos] == 'E') {
		r.pos++
		if r.pos < len(r.data) && (r.data[r.pos] == '+' || r.data[r.pos] == '-') {
			r.pos++
		}
		if !r.digits() {
			return nil, r.fail("expected a digit in the exponent")
		}
	}
	return r.data[start:r.pos], nil
}

func (r *Reader) digits() bool {
	start := r.pos
	for r.pos < len(r.data) && r.data[r.pos] >= '0' && r.data[r.pos] <= '9' {
		r.pos++
	}
	return r.pos > start
}
