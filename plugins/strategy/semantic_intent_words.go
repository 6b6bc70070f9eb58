package strategy

import (
	"unicode/utf8"

	"github.com/routeiq/routeiq/abi"
)

// learn adds a pattern. One without words is never met.
func (s *SemanticIntent) learn(label, text string) {
	p := example{label: label}
	seen := map[int]bool{}
	for word, rest := nextWord(text); word != ""; word, rest = nextWord(rest) {
		folded := string(appendFolded(nil, word))
		n, ok := s.vocabulary[folded]
		if !ok {
			n = len(s.vocabulary)
			s.vocabulary[folded] = n
			s.starts[folded[0]] |= lengthBit(folded)
		}
		if !seen[n] {
			seen[n] = true
			p.words = append(p.words, n)
		}
	}
	s.patterns = append(s.patterns, p)
}

// Read implements routing.Reader: it passes through the text once, whatever the number of patterns.
func (s *SemanticIntent) Read(p *abi.Prompt) string {
	var room [16]uint64 // a bit for each of the first 1,024 words of the vocabulary
	stands := room[:]
	if n := (len(s.vocabulary) + 63) / 64; n > len(stands) {
		stands = make([]uint64, n)
	}
	var letters [64]byte
	folded := letters[:0]
	missing := len(s.vocabulary)
	for word, rest := nextWord(p.Last); word != "" && missing > 0; word, rest = nextWord(rest) {
		if s.starts[fold(word[0])]&lengthBit(word) == 0 {
			continue
		}
		folded = appendFolded(folded[:0], word)
		if n, ok := s.vocabulary[string(folded)]; ok && stands[n/64]>>(n%64)&1 == 0 {
			stands[n/64] |= 1 << (n % 64)
			missing--
		}
	}
	if missing == len(s.vocabulary) {
		return ""
	}
	label, best := "", s.threshold
	for i := range s.patterns {
		if similarity := s.patterns[i].similarity(stands); similarity > best {
			label, best = s.patterns[i].label, similarity
		}
	}
	return label
}

// similarity is the share of the pattern's words that stand in a text.
func (p *example) similarity(stands []uint64) float64 {
	if len(p.words) == 0 {
		return 0
	}
	count := 0
	for _, n := range p.words {
		count += int(stands[n/64] >> (n % 64) & 1)
	}
	return float64(count) / float64(len(p.words))
}

// nextWord returns the first word of a text, and what stands behind it; "" where there is none. A word is a run of letters and
// digits of ASCII, of '_', and of what is not ASCII, without its punctuation and spaces.
func nextWord(text string) (word, rest string) {
	start := -1
	for i := 0; i < len(text); {
		inside, size := letter[text[i]], 1
		if text[i] >= utf8.RuneSelf {
			var c rune
			c, size = utf8.DecodeRuneInString(text[i:])
			inside = !separates(c)
		}
		if inside && start < 0 {
			start = i
		}
		if !inside && start >= 0 {
			return text[start:i], text[i:]
		}
		i += size
	}
	if start < 0 {
		return "", ""
	}
	return text[start:], ""
}

// letter tells which bytes of ASCII belong to words.
var letter = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
	}
	return t
}()

// separates tells whether what is not ASCII stands between words: by blocks of Unicode, as the tables of its classes would be
// dear in the module.
func separates(c rune) bool {
	switch {
	case c <= 0xbf: // Latin-1's controls, spaces, quotes and signs
		return c != 0xaa && c != 0xb5 && c != 0xba
	case c == 0xd7, c == 0xf7, c == 0x1680: // times, divided by, Ogham's space
		return true
	case c >= 0x2000 && c <= 0x206f: // general punctuation: dashes, quotes, spaces
		return true
	case c >= 0x3000 && c <= 0x3003, c >= 0x3008 && c <= 0x3020: // of Chinese, Japanese and Korean
		return true
	case c >= 0xff00 && c <= 0xff0f, c >= 0xff1a && c <= 0xff20, c >= 0xff3b && c <= 0xff40, c >= 0xff5b && c <= 0xff65: // wide forms
		return true
	}
	return c == utf8.RuneError
}

// appendFolded appends a word without its capitals.
func appendFolded(dst []byte, word string) []byte {
	for i := range len(word) {
		dst = append(dst, fold(word[i]))
	}
	return dst
}

func fold(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c |= 0x20
	}
	return c
}

// lengthBit is the bit of a word's length. The longest share one.
func lengthBit(word string) uint64 { return 1 << min(len(word), 63) }
