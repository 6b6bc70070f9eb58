package dialect

import "github.com/routeiq/routeiq/abi/jsontext"

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

	key     [grammarKey]byte // see name
	keyLen  int
	text    int  // bytes of strings below the outermost object that are no keys
	passing bool // nobody waits for the end of this value
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

// scan reads text up to the next signal, or to its end, and returns how many bytes it read.
//
// Every byte of every answer comes by here, and in Go's WebAssembly each branch that is taken goes through a jump table.
// So what is expected next is, as long as there is text, not a state that a loop looks up but a place in the code: the
// labels have the states' names. The state is only for the next piece.
func (g *grammar) scan(text []byte) (n int, s signal) {
	i, state := 0, g.state
	switch state {
	case stValue, stFirst:
		goto value
	case stKey, stFirstKey:
		goto key
	case stColon:
		goto colon
	case stAfter:
		goto after
	case stString:
		goto str
	case stEnd:
		goto end
	case stBad:
		return len(text), nothing
	}
	goto slow

value:
	if i = blanks(text, i); i == len(text) {
		goto out
	}
	if text[i] == ']' && state == stFirst {
		g.leave()
		i++
		goto ended
	}
	if g.depth == 1 && g.object && !g.opened {
		g.state, g.opened = state, true
		return i, valueBegins
	}
	i++
	switch c := text[i-1]; { // the most frequent first
	case c == '"' && g.depth > 0:
		goto str
	case c == '{':
		if state = g.enter(true); state == stFirstKey {
			goto key
		}
		return len(text), g.broken()
	case c == '[':
		if state = g.enter(false); state == stFirst {
			goto value
		}
		return len(text), g.broken()
	case c-'1' < 9 && g.depth > 0:
		state = stInt
		goto number
	}
	switch state = g.begin(text[i-1]); state {
	case stLiteral:
		if word := g.word; len(text)-i >= len(word)-1 && string(text[i:i+len(word)-1]) == word[1:] {
			i += len(word) - 1
			goto ended
		}
	case stBad:
		return len(text), g.broken()
	}
	goto slow

key:
	if i = blanks(text, i); i == len(text) {
		goto out
	}
	switch {
	case text[i] == '"':
		if g.inKey = true; g.depth == 1 {
			g.keyLen = 0
		}
		i++
		goto str
	case text[i] == '}' && state == stFirstKey:
		g.leave()
		i++
		goto ended
	}
	return len(text), g.broken()

str:
	{
		start := i
		i = jsontext.Plain(text, i)
		if !g.inKey {
			if g.depth > 1 {
				g.text += i - start
			}
		} else if g.depth == 1 {
			g.keep(text[start:i])
		}
	}
	state = stString
	if i == len(text) {
		goto out
	}
	i++
	switch text[i-1] {
	case '"':
		if !g.inKey {
			goto ended
		}
		g.inKey, state = false, stColon
		if i < len(text) && text[i] == ':' {
			i++
			state = stValue
			goto value
		}
		goto colon
	case '\\':
		if g.inKey && g.depth == 1 {
			g.keep(text[i-1 : i])
		}
		if i < len(text) && (text[i] == 'n' || text[i] == '"' || text[i] == '\\') {
			i++
			goto str
		}
		state = stEscape
		goto slow
	}
	return len(text), g.broken() // a control character

colon:
	if i = blanks(text, i); i == len(text) {
		goto out
	}
	if text[i] != ':' {
		return len(text), g.broken()
	}
	i++
	state = stValue
	goto value

number:
	for i < len(text) && text[i]-'0' <= 9 {
		i++
	}
	if i == len(text) {
		goto out
	}
	if c := text[i]; c != '.' && c|0x20 != 'e' { // nothing else goes on
		goto ended
	}
	goto slow

ended:
	state = stAfter
	if g.depth == 0 {
		state = stEnd
		goto end
	}
	if g.depth == 1 && g.object {
		g.opened = false
		if !g.passing {
			g.state = state
			return i, valueEnds
		}
		g.passing = false
	}

after:
	if i = blanks(text, i); i == len(text) {
		goto out
	}
	i++
	switch c := text[i-1]; {
	case c == ',' && g.object:
		state = stKey
		goto key
	case c == ',':
		state = stValue
		goto value
	case c == '}' && g.object, c == ']' && !g.object:
		g.leave()
		goto ended
	}
	return len(text), g.broken()

end:
	if i = blanks(text, i); i == len(text) {
		goto out
	}
	return len(text), g.broken()

slow: // what is rare, or may be cut: byte by byte
	for i < len(text) {
		switch state {
		case stLiteral:
			if text[i] != g.word[g.count] {
				return len(text), g.broken()
			}
			i++
			if g.count++; int(g.count) == len(g.word) {
				goto ended
			}
		case stEscape, stHex:
			state = g.escape(state, text[i])
			i++
			if state == stString {
				goto str
			}
		default:
			next, done := number(state, text[i])
			if done {
				goto ended
			}
			i++
			if state = next; state == stInt || state == stFrac || state == stExp {
				goto number
			}
		}
		if state == stBad {
			return len(text), g.broken()
		}
	}

out:
	g.state = state
	return i, nothing
}

// blanks returns where in text, from i on, the first byte stands that is no white space.
func blanks(text []byte, i int) int {
	for i < len(text) && text[i] <= ' ' && (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t') {
		i++
	}
	return i
}

func (g *grammar) broken() signal {
	g.state = stBad
	return nothing
}

// keep notes the next bytes of a key.
func (g *grammar) keep(part []byte) { g.keyLen += copy(g.key[g.keyLen:], part) }

// name is the key of the member of the outermost object that is being read, as it stands.
func (g *grammar) name() []byte { return g.key[:g.keyLen] }

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
