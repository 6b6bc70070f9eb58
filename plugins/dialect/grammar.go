package dialect

// grammar is JSON's (RFC 8259), a byte at a time.
type grammar struct {
	state state
	count uint8  // of \u: digits to come; of a literal: letters read
	word  string // the literal
	inKey bool   // the string is a key
	depth int
	kinds [grammarDepth/64 + 1]uint64 // bit n: the container at depth n is an object
}

// grammarDepth is how deep a text may nest.
const grammarDepth = 511

type state uint8

const (
	stValue    state = iota // a value must come
	stFirst                 // a value or ]
	stFirstKey              // a key or }
	stKey                   // a key must come
	stColon
	stAfter // a value has ended inside a container
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
	stEnd // the outermost value has ended: the text is whole
	stBad // it is not JSON; there is no way out of this state
)

// signal tells of the values of the outermost object's members.
type signal uint8

const (
	nothing     signal = iota
	valueBegins        // with this byte
	valueEnds          // with this byte
	valueEnded         // before this byte
)

func (g *grammar) whole() bool { return g.state == stEnd }

func (g *grammar) isObject() bool { return g.kinds[g.depth/64]&(1<<(g.depth%64)) != 0 }

// run counts the bytes from the head of text that change nothing but for step being called: the inside of a string, white
// space, digits. They are most of any text, and a call for each is dear in WebAssembly.
func (g *grammar) run(text []byte) int {
	switch g.state {
	case stString:
		for i, c := range text {
			if c == '"' || c == '\\' || c < 0x20 {
				return i
			}
		}
	case stInt, stFrac, stExp:
		for i, c := range text {
			if c < '0' || c > '9' {
				return i
			}
		}
	case stValue, stFirst, stFirstKey, stKey, stColon, stAfter, stEnd:
		for i, c := range text {
			if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
				return i
			}
		}
	default:
		return 0
	}
	return len(text)
}

func (g *grammar) step(c byte) signal {
	if c <= ' ' && (c == ' ' || c == '\n' || c == '\t' || c == '\r') && (g.state <= stAfter || g.state == stEnd) {
		return nothing
	}
	switch g.state {
	case stValue:
		outer := g.depth == 1 && g.isObject()
		g.begin(c)
		if outer && g.state != stBad {
			return valueBegins
		}
	case stFirst:
		if c == ']' {
			return g.leave()
		}
		g.begin(c)
	case stFirstKey, stKey:
		switch {
		case c == '"':
			g.state, g.inKey = stString, true
		case c == '}' && g.state == stFirstKey:
			return g.leave()
		default:
			g.state = stBad
		}
	case stColon:
		g.to(c == ':', stValue)
	case stAfter:
		switch {
		case c == ',' && g.isObject():
			g.state = stKey
		case c == ',':
			g.state = stValue
		case c == '}' && g.isObject(), c == ']' && !g.isObject():
			return g.leave()
		default:
			g.state = stBad
		}
	case stString, stEscape, stHex:
		return g.inString(c)
	case stLiteral: // five letters at most
		if c != g.word[g.count] {
			g.state = stBad
		} else if g.count++; int(g.count) == len(g.word) {
			return g.ended(valueEnds)
		}
	case stEnd, stBad:
		g.state = stBad
	default:
		return g.inNumber(c)
	}
	return nothing
}

func (g *grammar) to(ok bool, next state) {
	if !ok {
		next = stBad
	}
	g.state = next
}

// begin takes the first byte of a value.
func (g *grammar) begin(c byte) {
	switch {
	case c == '{':
		g.enter(true)
	case c == '[':
		g.enter(false)
	case g.depth == 0: // an answer is an object, at times a list
		g.state = stBad
	case c == '"':
		g.state, g.inKey = stString, false
	case c == 't':
		g.state, g.word, g.count = stLiteral, "true", 1
	case c == 'f':
		g.state, g.word, g.count = stLiteral, "false", 1
	case c == 'n':
		g.state, g.word, g.count = stLiteral, "null", 1
	case c == '-':
		g.state = stMinus
	case c == '0':
		g.state = stZero
	case c >= '1' && c <= '9':
		g.state = stInt
	default:
		g.state = stBad
	}
}

func (g *grammar) enter(object bool) {
	if g.depth++; g.depth > grammarDepth {
		g.state = stBad
		return
	}
	bit := uint64(1) << (g.depth % 64)
	if object {
		g.kinds[g.depth/64] |= bit
		g.state = stFirstKey
	} else {
		g.kinds[g.depth/64] &^= bit
		g.state = stFirst
	}
}

// leave takes the last byte of a container.
func (g *grammar) leave() signal {
	g.depth--
	return g.ended(valueEnds)
}

// ended is called when a value is complete.
func (g *grammar) ended(how signal) signal {
	if g.depth == 0 {
		g.state = stEnd
		return nothing
	}
	g.state = stAfter
	if g.depth == 1 && g.isObject() {
		return how
	}
	return nothing
}

func (g *grammar) inString(c byte) signal {
	switch {
	case g.state == stHex:
		if unhex(c) < 0 {
			g.state = stBad
		} else if g.count--; g.count == 0 {
			g.state = stString
		}
	case g.state == stEscape:
		switch c {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			g.state = stString
		case 'u':
			g.state, g.count = stHex, 4
		default:
			g.state = stBad
		}
	case c == '\\':
		g.state = stEscape
	case c == '"' && g.inKey:
		g.state = stColon
	case c == '"':
		return g.ended(valueEnds)
	case c < 0x20:
		g.state = stBad
	}
	return nothing
}

func (g *grammar) inNumber(c byte) signal {
	digit := c >= '0' && c <= '9'
	switch g.state {
	case stMinus:
		g.to(digit, stInt)
		if c == '0' {
			g.state = stZero
		}
		return nothing
	case stDot:
		g.to(digit, stFrac)
		return nothing
	case stE:
		if c == '+' || c == '-' {
			g.state = stESign
			return nothing
		}
		g.to(digit, stExp)
		return nothing
	case stESign:
		g.to(digit, stExp)
		return nothing
	}
	switch { // it may end here
	case digit && g.state != stZero:
		return nothing
	case c == '.' && (g.state == stZero || g.state == stInt):
		g.state = stDot
		return nothing
	case (c == 'e' || c == 'E') && g.state != stExp:
		g.state = stE
		return nothing
	}
	if s := g.ended(valueEnded); s != nothing {
		g.step(c) // what ended it says nothing: a comma, or the brace of the outermost object
		return s
	}
	return g.step(c)
}
