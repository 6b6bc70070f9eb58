package detect

// matcher finds phrases in one pass over the words of a text. It is the Shift-And automaton of Baeza-Yates and Gonnet with
// words in place of letters: every word of every phrase has a position, and a state is the set of positions at which the
// text so far may stand. A new word moves all of them one on, and those stay that the word may have.
//
//	position  0      1     2      3     4     5   6   7      …
//	          prove  that  prove  the│  analyze  the ··· ··· ··· implications
//	                              this                 any word, or none
//
// It is made once and then only read.
type matcher struct {
	heads   *heads      // of the words that begin phrases
	letters [26][]entry // by first letter
	first   set         // positions of the first words of phrases
	last    set         // positions of their last words
	skip    set         // positions before a gap
	any     set         // positions of a gap: they take any word
	phrase  []uint16    // by position: the index of the phrase
}

type entry struct {
	word string
	at   set // its positions, and those of any word
}

// gap is how many words "..." stands for at most.
const gap = 3

// next returns the index of the next phrase that ends in the text of s, in the order in which phrases end; of those that end
// at the same word the first in the table. A word belongs to one phrase at most: after a phrase all begins anew, so that
// "let's reason about" is not two.
func (m *matcher) next(s *scanner) (phrase int, ok bool) {
	var state set
	for {
		if state == (set{}) {
			m.heads.skip(s)
		}
		word, joined := s.next()
		if word == "" {
			return 0, false
		}
		if !joined {
			state = set{}
		}
		at := m.positions(word)
		state = state.next().or(m.first).and(at)
		if before := state.and(m.skip); before != (set{}) {
			for range gap {
				before = before.next()
				state = state.or(before)
			}
		}
		if ends := state.and(m.last); ends != (set{}) {
			return int(m.phrase[ends.lowest()]), true
		}
	}
}

// positions returns those that word may have.
func (m *matcher) positions(word string) set {
	if c := word[0] | 0x20 - 'a'; int(c) < len(m.letters) {
		for i := range m.letters[c] {
			if e := &m.letters[c][i]; same(word, e.word) {
				return e.at
			}
		}
	}
	return m.any
}

// same compares without regard to case. No character of a word but a capital becomes a letter by the bit that is set here.
func same(word, lower string) bool {
	if len(word) != len(lower) {
		return false
	}
	for i := range len(word) {
		if word[i]|0x20 != lower[i] {
			return false
		}
	}
	return true
}
