package detect

import "strings"

// compile makes a matcher of phrases, which are written like this:
//
//	"explain why/how, explain the reasoning"   , parts two ways to say one phrase; / parts words for one place
//	"analyze the ... implications"             ... stands for up to three words
//
// Words are in lower case, of ASCII letters; a test looks through what is compiled here.
func compile(phrases ...string) *matcher {
	m := &matcher{heads: newHeads()}
	for i, p := range phrases {
		for _, way := range strings.Split(p, ", ") {
			m.add(uint16(i), strings.FieldsFunc(way, func(r rune) bool { return r == ' ' || r == '-' || r == '\'' }))
		}
	}
	for i := range m.letters {
		for j := range m.letters[i] {
			e := &m.letters[i][j]
			e.at = e.at.or(m.any)
		}
	}
	return m
}

// add gives the words of a phrase the next positions.
func (m *matcher) add(phrase uint16, words []string) {
	for i, places := range words {
		if places == "..." {
			m.skip = m.skip.or(position(len(m.phrase) - 1))
			for range gap {
				m.any = m.any.or(position(len(m.phrase)))
				m.phrase = append(m.phrase, phrase)
			}
			continue
		}
		at := position(len(m.phrase))
		m.phrase = append(m.phrase, phrase)
		if i == 0 {
			m.first = m.first.or(at)
		}
		if i == len(words)-1 {
			m.last = m.last.or(at)
		}
		for _, word := range strings.Split(places, "/") {
			m.learn(word, at)
			if i == 0 {
				m.heads.add(len(m.phrase), word)
			}
		}
	}
}

// learn gives word one position more.
func (m *matcher) learn(word string, at set) {
	words := &m.letters[word[0]-'a']
	for i := range *words {
		if e := &(*words)[i]; e.word == word {
			e.at = e.at.or(at)
			return
		}
	}
	*words = append(*words, entry{word, at})
}
