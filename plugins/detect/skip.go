package detect

// heads finds the words that may begin a phrase by the first three of their letters, so that most words of a text need not be
// taken out. It is the same automaton as the matcher, of bytes: four steps of 16 bits, of which each first word has one.
//
//	bits  0–15          16–31         32–47          48–63
//	      no letter of  first letter  second letter  third letter: found
//	      ASCII
//
// Words that share a bit may be mistaken for each other, which the matcher then sees.
type heads [256]uint64

const step = 16 // bits

func newHeads() *heads {
	h := &heads{}
	for c, k := range kinds {
		if c >= 0x80 || k != letter { // what is not ASCII is looked at when a word is found behind it
			h[c] = 1<<step - 1
		}
	}
	return h
}

// add makes a word known, which is in lower case; the n-th.
func (h *heads) add(n int, word string) {
	for place := range 3 {
		bit := uint64(1) << (n%step + (place+1)*step)
		if place >= len(word) {
			for c := range h {
				h[c] |= bit // anything may follow
			}
			continue
		}
		h[word[place]] |= bit
		h[word[place]&^0x20] |= bit
	}
}

// skip moves s, which stands between words, to the next word that may begin a phrase, or to the end. No phrase is so short
// that what is left at the end could be one.
func (h *heads) skip(s *scanner) {
	text, state := s.text, uint64(1<<step-1)
	for i := s.at; i < len(text); i++ {
		state = h[text[i]] & (state<<step | 1<<step - 1)
		if state>>(3*step) != 0 && (i-2 == s.at || !letterBefore(text, i-2)) {
			s.at = i - 2
			return
		}
	}
	s.at = len(text)
}

// letterBefore tells whether the character before text[i] is of a word.
func letterBefore(text string, i int) bool {
	for i--; i > 0 && text[i]&0xc0 == 0x80; i-- { // within a character
	}
	k := kinds[text[i]]
	if k == wide {
		k, _ = wideKind(text[i:])
	}
	return k == letter
}
