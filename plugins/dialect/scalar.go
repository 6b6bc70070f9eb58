package dialect

// begin takes the first byte of a value that is not frequent: a literal, or a number that begins with 0 or a sign.
func (g *grammar) begin(c byte) state {
	switch {
	case g.depth == 0: // an answer is an object, at times a list
		return stBad
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
	}
	return stBad
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
