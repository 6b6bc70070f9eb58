package detect

import (
	"iter"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// forms returns every way to write a phrase of a table, with a gap of each size.
func forms(phrase string) (all []string) {
	for way := range strings.SplitSeq(phrase, ", ") {
		made := []string{""}
		for places := range strings.FieldsSeq(way) {
			words := strings.Split(places, "/")
			if places == "..." {
				words = []string{"", "many", "many more", "the many more"}
			}
			var longer []string
			for _, start := range made {
				for _, word := range words {
					longer = append(longer, strings.TrimSpace(start+" "+word))
				}
			}
			made = longer
		}
		all = append(all, made...)
	}
	return all
}

// TestTables: a table holds nothing that the matcher could not find, or that hides behind another row.
func TestTables(t *testing.T) {
	written := regexp.MustCompile(`^[a-z]+(/[a-z]+)*([ '-]([a-z]+(/[a-z]+)*|\.\.\. [a-z]+(/[a-z]+)*))*$`)
	for _, table := range []struct {
		name    string
		phrases []string
		m       *matcher
	}{
		{"reasoning", slices.Concat(sure, hints), reasoning},
		{"agent words", agentPhrases, agentWords},
	} {
		if n := len(table.m.phrase); n > 128 {
			t.Errorf("%s: %d positions, of which a set holds 128", table.name, n)
		}
		seen := map[string]bool{}
		for i, phrase := range table.phrases {
			for way := range strings.SplitSeq(phrase, ", ") {
				if !written.MatchString(way) {
					t.Errorf("%s: %q is not how a phrase is written", table.name, way)
				}
			}
			for _, form := range forms(phrase) {
				if got, ok := table.m.next(&scanner{text: form}); !ok || got != i {
					t.Errorf("%s: %q is found as %d, %v; it is of %d", table.name, form, got, ok, i)
				}
				if seen[form] {
					t.Errorf("%s: %q is there twice", table.name, form)
				}
				seen[form] = true
			}
		}
	}
}

// TestReference compares the matcher with the obvious way, on texts full of what it looks for.
func TestReference(t *testing.T) {
	for _, table := range [][]string{slices.Concat(sure, hints), agentPhrases} {
		m, ref := compile(table...), newReference(table)
		for text := range sentences(5000, vocabulary(table)) {
			if got, want := m.all(text), ref.all(text); !slices.Equal(got, want) {
				t.Fatalf("%q: found %v, want %v", text, got, want)
			}
		}
	}
}

func FuzzReference(f *testing.F) {
	table := slices.Concat(sure, hints)
	ref, refAgent := newReference(table), newReference(agentPhrases)
	for _, phrase := range slices.Concat(table, agentPhrases) {
		f.Add(phrase)
		f.Add(strings.Join(forms(phrase), ", "))
	}
	f.Add("Let’s\u00a0reason — “prove\u2011that” \xff\xc3 ªstep请 by🤔️step")
	f.Fuzz(func(t *testing.T, text string) {
		AgentWords(text) // must end, whatever it says of bytes that are not UTF-8
		Reasoning(text)
		text = strings.ToValidUTF8(text[:min(len(text), 2000)], "") // the obvious way is slow
		want := ref.all(text)
		if got := reasoning.all(text); !slices.Equal(got, want) {
			t.Fatalf("%q: found %v, want %v", text, got, want)
		}
		certain, different := false, map[int]bool{}
		for _, phrase := range want {
			certain = certain || phrase < len(sure)
			different[phrase] = true
		}
		if got := Reasoning(text); got != (certain || len(different) >= 2) {
			t.Fatalf("Reasoning(%q) = %v", text, got)
		}
		if got, want := AgentWords(text), len(refAgent.all(text)) > 0; got != want {
			t.Fatalf("AgentWords(%q) = %v", text, got)
		}
		if len(SessionKey(text, text)) != 16 {
			t.Fatalf("SessionKey of %q", text)
		}
	})
}

// all returns all phrases of a text.
func (m *matcher) all(text string) (found []int) {
	s := scanner{text: text}
	for {
		phrase, ok := m.next(&s)
		if !ok {
			return found
		}
		found = append(found, phrase)
	}
}

// reference finds phrases by regular expressions: every phrase is tried at the end of every word.
type reference []*regexp.Regexp

func newReference(table []string) (r reference) {
	for _, phrase := range table {
		var ways []string
		for way := range strings.SplitSeq(phrase, ", ") {
			way = regexp.MustCompile(`[a-z/]+`).ReplaceAllString(way, `(?:$0)`)
			way = strings.NewReplacer(" ...", "(?: [^ .]+){0,3}", "/", "|", "-", " ", "'", " ").Replace(way)
			ways = append(ways, way)
		}
		r = append(r, regexp.MustCompile(`(?:^| )(?:`+strings.Join(ways, "|")+`)$`))
	}
	return r
}

var (
	wordOf = regexp.MustCompile(`[0-9A-Za-z_\x{aa}\x{b5}\x{ba}\x{c0}-\x{1fff}\x{2070}-\x{218f}` +
		`\x{2c00}-\x{2dff}\x{2e80}-\x{2fff}\x{3005}-\x{3007}\x{3021}-\x{302f}\x{3031}-\x{dfff}\x{f900}-\x{fdff}\x{fe70}-\x{feff}` +
		`\x{ff10}-\x{ff19}\x{ff21}-\x{ff3a}\x{ff41}-\x{ff5a}\x{ff66}-\x{ffef}\x{10000}-\x{1efff}\x{1fb00}-\x{10ffff}]+`)
	joins = regexp.MustCompile(`^([ \t-\r\x{85}\x{a0}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+|[-'‐‑’])$`)
)

func (r reference) all(text string) (found []int) {
	sentence, end := "", 0 // the words so far, a full stop where they are not joined
	for _, at := range wordOf.FindAllStringIndex(text, -1) {
		if joins.MatchString(text[end:at[0]]) {
			sentence += " "
		} else {
			sentence += " . "
		}
		end = at[1]
		sentence += strings.Map(func(r rune) rune {
			if r >= 'A' && r <= 'Z' {
				r += 'a' - 'A'
			}
			return r
		}, text[at[0]:at[1]])
		for phrase, expression := range r {
			if expression.MatchString(sentence) {
				found, sentence = append(found, phrase), ""
				break
			}
		}
	}
	return found
}

// vocabulary is the words of a table, and some of none.
func vocabulary(table []string) []string {
	words := []string{"thing", "Improve", "thé", "_", "st", "stepper"}
	for _, phrase := range table {
		for _, form := range forms(phrase) {
			words = append(words, strings.Fields(form)...)
			words = append(words, form)
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// sentences makes n texts of such words, the same each time.
func sentences(n int, words []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		chance := rand.New(rand.NewPCG(1, 2))
		between := []string{" ", " ", " ", " ", " ", "\n", "  ", "-", ". ", " - ", "--"}
		for range n {
			var text strings.Builder
			for range 1 + chance.IntN(12) {
				text.WriteString(words[chance.IntN(len(words))])
				text.WriteString(between[chance.IntN(len(between))])
			}
			if !yield(text.String()) {
				return
			}
		}
	}
}
