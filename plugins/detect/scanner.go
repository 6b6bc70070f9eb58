package detect

// scanner takes a text apart into words: runs of letters, digits and underscores.
type scanner struct {
	text string
	at   int
}

// kind is what a character does to the words around it.
type kind uint8

const (
	other  kind = iota // parts them: a sentence or a quotation ends
	letter             // belongs to one
	blank              // joins them, however many there are
	joiner             // a hyphen or an apostrophe: joins them if it stands alone, as in step-by-step
	wide               // begins a character outside ASCII that may be any of these; see wideKind
)

// kinds is by byte. Of what is not ASCII most is letters, byte by byte, so that text of any script is passed over as fast as
// English; only six bytes begin characters that are not. Bytes that are not UTF-8 may be taken for anything.
var kinds = func() (k [256]kind) {
	for c := range k {
		switch {
		case c == 0xc2, c == 0xe2, c == 0xe3, c == 0xee, c == 0xef, c == 0xf0:
			k[c] = wide
		case c >= 0x80, c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '_':
			k[c] = letter
		case c == ' ', c >= '\t' && c <= '\r':
			k[c] = blank
		case c == '-', c == '\'':
			k[c] = joiner
		}
	}
	return k
}()

// next returns the next word, "" at the end of the text, and whether it is joined to the one before: nothing but blanks
// stands between them, or nothing but one joiner.
func (s *scanner) next() (word string, joined bool) {
	text, i := s.text, s.at
	between := letter // nothing yet
	for i < len(text) {
		k, size := kinds[text[i]], 1
		if k == wide {
			k, size = wideKind(text[i:])
		}
		if k == letter {
			break
		}
		if between != letter && (k != blank || between != blank) {
			k = other
		}
		between = k
		i += size
	}
	start := i
	for i < len(text) {
		if k := kinds[text[i]]; k == letter {
			i++
			continue
		} else if k != wide {
			break
		}
		k, size := wideKind(text[i:])
		if k != letter {
			break
		}
		i += size
	}
	s.at = i
	return text[start:i], between == blank || between == joiner
}
