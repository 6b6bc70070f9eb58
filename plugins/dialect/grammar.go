package dialect

// grammar is JSON's (RFC 8259), for a text that comes in pieces. It knows where in the outermost object it is, and
// counts the text that stands deeper.
type grammar struct {
	state  state
	count  uint8  // of \u: digits to come; of a literal: letters read
	word   string // the literal
	inKey  bool   // the string is a key
	opened bool   // valueBegins was told of this value
	object bool   // the innermost container is an object
	depth  int
	kinds  [grammarDepth/64 + 1]uint64 // bit n: the container at depth n is an object

	key  []byte // of the member of the outermost object that is being read, as it stands
	text int    // bytes of strings below the outermost object that are no keys
}

const (
	grammarDepth = 511 // how deep a text may nest
	grammarKey   = 32  // longer keys are cut: none of ours is longer
)

type state uint8

const (
	// White space can stand before what these expect.
	stValue    state = iota // a value
	stFirst                 // a value or ]
	stFirstKey              // a key or }
	stKey                   // a key
	stColon
	stAfter // a value has ended: a comma, ] or }
	stEnd   // nothing: the outermost value has ended, the text is whole

	stString
	stEscape
	stHex
	stLiteral
	stMinus
	stZero
	stInt
	stDot
	stFrac
	stE
	stESign
	stExp
	stBad // it is not JSON; there is no way out of this state
)

// signal tells of the values of the outermost object's members.
type signal uint8

const (
	nothing     signal = iota
	valueBegins        // with the next byte
	valueEnds          // with the last byte
)

func (g *grammar) whole() bool { return g.state == stEnd }

// scan reads text up to the next signal, or to its end, and returns how many bytes it read. It is one loop with few
// calls, as calls are dear in WebAssembly and every byte of every answer comes by here.
func (g *grammar) scan(text []byte) (n int, s signal) {
	state := g.state
	i := 0
	for i < len(text) {
		c := text[i]
		if state <= stEnd && (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
			i++
			continue
		}
		ended := false // a value ends with this byte
		switch state {
		case stValue, stFirst:
			if c == ']' && state == stFirst {
				g.leave()
				ended = true
				break
			}
			if g.depth == 1 && g.object && !g.opened {
				g.state, g.opened = state, true
				return i, valueBegins
			}
			state = g.begin(c)
		case stFirstKey, stKey:
			switch {
			case c == '"':
				state, g.inKey = stString, true
				if g.depth == 1 {
					g.key = g.key[:0]
				}
			case c == '}' && state == stFirstKey:
				g.leave()
				ended = true
			default:
				state = stBad
			}
		case stColon:
			state = stBad
			if c == ':' {
				state = stValue
			}
		case stAfter:
			switch {
			case c == ',' && g.object:
				state = stKey
			case c == ',':
				state = stValue
			case c == '}' && g.object, c == ']' && !g.object:
				g.leave()
				ended = true
			default:
				state = stBad
			}
		case stString:
			start := i
			for i < len(text) && text[i] != '"' && text[i] != '\\' && text[i] >= 0x20 {
				i++
			}
			if g.depth > 1 && !g.inKey {
				g.text += i - start
			} else if g.inKey && g.depth == 1 {
				g.key = append(g.key, text[start:min(i, start+grammarKey-len(g.key))]...)
			}
			switch {
			case i == len(text):
				i-- // nothing is left to step over
			case text[i] == '\\':
				state = stEscape
			case text[i] != '"':
				state = stBad
			case g.inKey:
				state, g.inKey = stColon, false
			default:
				ended = true
			}
		case stLiteral:
			if c != g.word[g.count] {
				state = stBad
				break
			}
			g.count++
			ended = int(g.count) == len(g.word)
		case stEscape, stHex:
			state = g.escape(state, c)
		case stEnd, stBad:
			state, i = stBad, len(text)-1
		default:
			if state, ended = number(state, c); ended { // before this byte, which is read once more
				i--
			}
		}
		i++
		if !ended {
			continue
		}
		if state = stAfter; g.depth == 0 {
			state = stEnd
		} else if g.depth == 1 && g.object {
			g.state, g.opened = state, false
			return i, valueEnds
		}
	}
	g.state = state
	return i, nothing
}

// begin takes the first byte of a value.
func (g *grammar) begin(c byte) state {
	switch {
	case c == '{' || c == '[':
		return g.enter(c == '{')
	case g.depth == 0: // an answer is an object, at times a list
		return stBad
	case c == '"':
		return stString
	case c == 't':
		g.word, g.count = "true", 1
		return stLiteral
	case c == 'f':
		g.word, g.count = "false", 1
		return stLiteral
	case c == 'n':
		g.word, g.count = "null", 1
		return stLiteral
	case c == '-':
		return stMinus
	case c == '0':
		return stZero
	case c >= '1' && c <= '9':
		return stInt
	}
	return stBad
}

func (g *grammar) enter(object bool) state {
	if g.depth == grammarDepth {
		return stBad
	}
	g.depth++
	g.object = object
	bit := uint64(1) << (g.depth % 64)
	if object {
		g.kinds[g.depth/64] |= bit
		return stFirstKey
	}
	g.kinds[g.depth/64] &^= bit
	return stFirst
}

func (g *grammar) leave() {
	g.depth--
	g.object = g.kinds[g.depth/64]&(1<<(g.depth%64)) != 0
}

// escape takes a byte of an escape.
func (g *grammar) escape(in state, c byte) state {
	if in == stHex {
		if unhex(c) < 0 {
			return stBad
		}
		if g.count--; g.count > 0 {
			return stHex
		}
		return stString
	}
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return stString
	case 'u':
		g.count = 4
		return stHex
	}
	return stBad
}

// number takes a byte of a number, or says that the number has ended before it.
func number(in state, c byte) (next state, ended bool) {
	digit := c >= '0' && c <= '9'
	switch in {
	case stMinus:
		switch {
		case c == '0':
			return stZero, false
		case digit:
			return stInt, false
		}
		return stBad, false
	case stDot:
		if digit {
			return stFrac, false
		}
		return stBad, false
	case stE, stESign:
		switch {
		case digit:
			return stExp, false
		case in == stE && (c == '+' || c == '-'):
			return stESign, false
		}
		return stBad, false
	}
	switch { // it may end here
	case digit && in != stZero:
		return in, false
	case c == '.' && (in == stZero || in == stInt):
		return stDot, false
	case (c == 'e' || c == 'E') && in != stExp:
		return stE, false
	}
	return stAfter, true
}
