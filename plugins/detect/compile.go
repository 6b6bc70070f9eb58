package detect

import "strings"

// compile makes a matcher of phrases, which are written like this:
//
//	"explain why/how, explain the reasoning"   , parts two ways to say one phrase; / parts words for one place
//	"analyze the ... implications"             ... stands for up to three words
//
// Words are in lower case, of ASCII letters; a test looks through what is compiled here.
func compile(phrases ...string) *matcher {
	m := &matcher{}
	for i, p := range phrases {
		for way := range strings.SplitSeq(p, ", ") {
			m.add(uint16(i), strings.FieldsFunc(way, func(r rune) bool { return r == ' ' || r == '-' || r == '\'' }))
		}
	}
	for i := range m.letters {
		for j := range m.letters[i].words {
			e := &m.letters[i].words[j]
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
		for word := range strings.SplitSeq(places, "/") {
			m.letters[word[0]-'a'].add(word, at, i == 0)
		}
	}
}

func (b *bucket) add(word string, at set, starts bool) {
	if starts {
		b.starts |= 1 << len(word)
	}
	for i := range b.words {
		if b.words[i].word == word {
			b.words[i].at = b.words[i].at.or(at)
			return
		}
	}
	b.words = append(b.words, entry{word, at})
}
