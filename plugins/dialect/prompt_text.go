package dialect

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// maxPromptText bounds what is kept of one text, in bytes.
const maxPromptText = 16 << 10

// word reads a string; of any other value it returns nil.
func (q *prompting) word() ([]byte, error) {
	if q.r.Peek() != jsontext.String {
		return nil, q.r.Skip()
	}
	return q.r.Bytes()
}

// content reads a message's content, a text or a list of parts, and notes what is in it.
func (q *prompting) content() (c content, err error) {
	c.at.start = q.r.Pos()
	switch q.r.Peek() {
	case jsontext.String:
		err = q.r.Skip()
		c.text = q.r.Offset()-c.at.start > len(`""`)
	case jsontext.Array:
		err = q.r.Enter(jsontext.Array)
		for first := true; err == nil; first = false {
			var more bool
			if more, err = q.r.NextItem(first); !more {
				break
			}
			var text span
			var result bool
			text, result, err = readPart(&q.r)
			c.text = c.text || !text.none()
			if result {
				c.results++
			}
		}
	default:
		err = q.r.Skip()
	}
	c.at.end = q.r.Offset()
	return c, err
}

// readPart reads one part of a message. text is where its text stands, quotes included; none if it is no text, or empty.
func readPart(r *jsontext.Reader) (text span, result bool, err error) {
	if r.Peek() != jsontext.Object {
		return span{}, false, r.Skip()
	}
	isText := false
	err = r.Enter(jsontext.Object)
	for first := true; err == nil; first = false {
		var key []byte
		if key, err = r.NextMember(first); key == nil {
			break
		}
		start, kind := r.Pos(), r.Peek()
		switch {
		case kind == jsontext.String && string(key) == "type":
			var name []byte
			name, err = r.Bytes()
			switch string(name) {
			case "text", "input_text", "output_text": // the last two: responses
				isText = true
			case "tool_result":
				result = true
			}
		case kind == jsontext.String && string(key) == "text":
			if err = r.Skip(); err == nil && r.Offset()-start > len(`""`) {
				text = span{start, r.Offset()}
			}
		default:
			err = r.Skip()
		}
	}
	if !isText {
		text = span{}
	}
	return text, result, err
}

// copied returns the text of a content that was read before: strings are copied, as the body is not kept.
func (q *prompting) copied(at span) string {
	if at.none() {
		return ""
	}
	var b strings.Builder
	b.Grow(min(at.end-at.start, maxPromptText))
	value := q.text[at.start:at.end]
	if value[0] == '"' {
		appendText(&b, value)
		return b.String()
	}
	r := jsontext.NewReader(value, jsontext.DefaultMaxDepth)
	if r.Enter(jsontext.Array) != nil {
		return ""
	}
	for first := true; ; first = false {
		if more, err := r.NextItem(first); err != nil || !more {
			break
		}
		text, _, err := readPart(r)
		if err != nil {
			break
		}
		if text.none() {
			continue
		}
		if b.Len() > 0 && b.Len() < maxPromptText {
			b.WriteByte('\n')
		}
		if !appendText(&b, value[text.start:text.end]) {
			break
		}
	}
	return b.String()
}

// appendText appends what a string means, which was found to be valid; quoted is the string with its quotes. It stops before
// the first code point for which there is no room, and tells whether there was room for all.
func appendText(b *strings.Builder, quoted []byte) bool {
	s := quoted[1 : len(quoted)-1]
	for len(s) > 0 {
		room := maxPromptText - b.Len()
		n := jsontext.Plain(s, 0)
		if n > room {
			for n = room; n > max(room-utf8.UTFMax, 0) && !utf8.RuneStart(s[n]); n-- {
			}
			b.Write(s[:n])
			return false
		}
		b.Write(s[:n])
		if s = s[n:]; len(s) == 0 {
			break
		}
		c, size := unescape(s)
		if b.Len()+utf8.RuneLen(c) > maxPromptText {
			return false
		}
		b.WriteRune(c)
		s = s[size:]
	}
	return true
}

// unescape returns what the valid escape at the start of s means, and its length. Half of a surrogate pair means U+FFFD.
func unescape(s []byte) (c rune, size int) {
	switch s[1] {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		c = unit(s)
		if !utf16.IsSurrogate(c) {
			return c, 6
		}
		if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
			if both := utf16.DecodeRune(c, unit(s[6:])); both != utf8.RuneError {
				return both, 12
			}
		}
		return utf8.RuneError, 6
	}
	return rune(s[1]), 2 // a quote, a slash
}

// unit returns the number in an escape \uXXXX.
func unit(s []byte) rune {
	v, _ := strconv.ParseUint(string(s[2:6]), 16, 16)
	return rune(v)
}
