package strategy

import "github.com/routeiq/routeiq/abi"

// tier is how strong a model is taken to be.
type tier uint8

const (
	otherTier tier = iota // nobody knows
	simpleTier
	complexTier
)

// tierOf says by a model's name how strong it is: what it is called small by comes before what it is called strong by, so that
// gpt-4o-mini is simple and gpt-4o is complex. Only whole words count, which stand between other characters than letters and
// digits: there is no mini in gemini.
//
//   - simple: flash, haiku, instant, light, lite, micro, mini, nano, small, tiny; gpt-3 and gpt-35, turbo or not
//   - complex: 4o, large, max, o1, o3, opus, pro, reasoner, sonnet, turbo, ultra; gpt-4 and gpt-5
//
// micro, tiny, lite, max, ultra, o1, o3, reasoner, gpt-5 and gpt-3 are not the original's: it took gpt-3.5-turbo for a strong
// model.
func tierOf(model string) tier {
	found := otherTier
	var before, word nameWord
	for rest := model; ; {
		before = word
		var more bool
		if word, rest, more = nextNameWord(rest); !more {
			return found
		}
		switch string(word.text[:word.length]) {
		case "flash", "haiku", "instant", "light", "lite", "micro", "mini", "nano", "small", "tiny":
			return simpleTier
		case "4o", "large", "max", "o1", "o3", "opus", "pro", "reasoner", "sonnet", "turbo", "ultra":
			found = complexTier
		case "3", "35":
			if before.is("gpt") {
				return simpleTier
			}
		case "4", "5":
			if before.is("gpt") {
				found = complexTier
			}
		}
	}
}

// nameWord is a word of a name in small letters. What is longer than the longest word that means anything is cut off.
type nameWord struct {
	text   [16]byte
	length int
}

func (w *nameWord) is(text string) bool { return string(w.text[:w.length]) == text }

// nextNameWord takes the first word of a name.
func nextNameWord(name string) (w nameWord, rest string, ok bool) {
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		switch {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c >= 0x80: // a letter of another alphabet ends no word
			if w.length < len(w.text) {
				w.text[w.length] = c
				w.length++
			}
		case w.length > 0:
			return w, name[i:], true
		}
	}
	return w, "", w.length > 0
}

// Words that tier_mapping has for tiers.
var tierWords = []string{"simple", "complex"}

// tierFrom is the tier of a deployment: the one whose names in the configuration mean it, else the one of its model's name.
func tierFrom(simple, complex []string, d *abi.Deployment) tier {
	switch {
	case namedBy(simple, d):
		return simpleTier
	case namedBy(complex, d):
		return complexTier
	}
	return tierOf(d.Model)
}
