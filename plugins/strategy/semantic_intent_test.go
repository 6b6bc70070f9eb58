package strategy

import (
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/routeiq/routeiq/abi"
)

func TestSemanticIntentReads(t *testing.T) {
	intents := []abi.Row{
		{Key: "code", Values: []string{"refactor this function", "write a unit test", "C++ code"}},
		{Key: "words", Values: []string{"translate to French", "übersetze ins Französische"}},
		{Key: "law", Values: []string{"review a contract", "contract"}},
		{Key: "long", Values: []string{strings.Repeat("Long", 20)}},
	}
	for _, c := range []struct {
		name, text string
		threshold  float64
		want       string
	}{
		{"a whole pattern", "Please refactor the loop in this function.", 0.5, "code"},
		{"capitals", "REFACTOR THIS FUNCTION", 0.9, "code"},
		{"in any order", "In French, translate it, to be sure", 0.9, "words"},
		{"a part of a pattern", "refactor it", 0, "code"},
		{"as similar as the threshold is not enough", "translate it to me", 2.0 / 3, ""},
		{"more similar than the threshold", "translate it to me", 0.66, "words"},
		{"the most similar, not the first", "write me a contract", 0, "law"},
		{"of two alike the first", "translate, refactor", 0, "code"},
		{"no whole word", "prefactored subcontractor contracts", 0, ""},
		{"words are found between signs", "\"contract\"…", 0.9, "law"},
		{"and between signs that are no ASCII", "“contract”—und", 0.9, "law"},
		{"letters that are no ASCII", "Bitte übersetze das ins Französische!", 0.9, "words"},
		{"whose capitals are others", "ÜBERSETZE", 0, ""},
		{"a word of any length", strings.Repeat("lONG", 20), 0.9, "long"},
		{"of the same letters, longer", strings.Repeat("lONG", 21), 0, ""},
		{"signs are no words", "++ !!", 0, ""},
		{"nothing", "", 0, ""},
		{"nothing is above 1", "contract", 1, ""},
	} {
		if got := NewSemanticIntent(intents, c.threshold).Read(&abi.Prompt{First: "contract", System: "contract", Last: c.text}); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A vocabulary larger than the room on the stack.
func TestSemanticIntentReadsManyPatterns(t *testing.T) {
	var intents []abi.Row
	for i := range 3000 {
		n := strconv.Itoa(i)
		intents = append(intents, abi.Row{Key: "intent " + n, Values: []string{"word" + n + " all"}})
	}
	s := NewSemanticIntent(intents, 0.5)
	for _, n := range []string{"0", "63", "64", "1023", "1024", "2999"} {
		if got := s.Read(&abi.Prompt{Last: "all of word" + n}); got != "intent "+n {
			t.Errorf("%s: %q", n, got)
		}
	}
}

func TestSemanticIntentPicks(t *testing.T) {
	group := func() []abi.Candidate {
		candidates := of(make([]abi.Signals, 4)...)
		for i, d := range []abi.Deployment{
			{ID: "a", Provider: "openai", Model: "gpt-4o"}, {ID: "b", Provider: "azure", Model: "gpt-4o"},
			{ID: "c", Provider: "openai", Model: "gpt-4o-mini"}, {ID: "d", Provider: "openrouter", Model: "meta/llama"},
		} {
			candidates[i].Deployment = &d
		}
		return candidates
	}
	for _, c := range []struct{ name, intent, want string }{
		{"none", "", "abcd"},
		{"an id", "c", "c"},
		{"a model", "gpt-4o", "ab"},
		{"a provider's model", "azure/gpt-4o", "b"},
		{"a model with a slash", "meta/llama", "d"},
		{"and with a provider", "openrouter/meta/llama", "d"},
		{"one that is not among them", "claude", "abcd"},
		{"a part of a name", "gpt", "abcd"},
	} {
		s := NewSemanticIntent(nil, 0)
		if got := picks(s, abi.Request{Intent: c.intent}, group()); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	shares := group()
	shares[0].Share, shares[2].Share = 1, 5
	if got := picks(NewSemanticIntent(nil, 0), abi.Request{Intent: "gpt-4o"}, shares); got != "a" {
		t.Errorf("with shares: got %s", got)
	}
	even(t, counted(NewSemanticIntent(nil, 0), abi.Request{Intent: "gpt-4o"}, group(), 20_000), 20_000, 2)
}

func TestSemanticIntentRules(t *testing.T) {
	k := Registry()["llmrouter-semantic-intent"]
	for _, c := range []struct {
		rows []abi.Row
		want string // part of the only error; empty: none
	}{
		{[]abi.Row{{Key: "a", Values: []string{"x"}}}, ""},
		{nil, "expected a mapping of names to lists of texts"},
		{[]abi.Row{{Key: "a"}}, `intent_model_groups: "a" has no pattern`},
		{[]abi.Row{{Values: []string{"x"}}}, "an intent has no name"},
		{[]abi.Row{{Key: "a", Values: []string{"x", "?!"}}}, `the pattern "?!" of "a" has no word`},
	} {
		errs := k.Check(abi.Args{{Name: "intent_model_groups", Rows: c.rows}})
		if c.want == "" && len(errs) > 0 || c.want != "" && (len(errs) != 1 || !strings.Contains(errs[0].Error(), c.want)) {
			t.Errorf("%+v: %v", c.rows, errs)
		}
	}
	if errs := k.Check(nil); len(errs) != 1 || !strings.Contains(errs[0].Error(), "intent_model_groups: is missing") {
		t.Errorf("without arguments: %v", errs)
	}
}

// FuzzNextWord: words are whole, and nothing but what is no letter is between them.
func FuzzNextWord(f *testing.F) {
	for _, s := range []string{"", "one", " a b_c\t1", "é—ü。x", "\x80a\xff", "a\u00a0b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rest := text
		for range len(text) + 1 {
			word, behind := nextWord(rest)
			if word == "" {
				if strings.ContainsFunc(rest, unicode.IsLetter) || strings.ContainsFunc(rest, unicode.IsDigit) {
					t.Fatalf("a word is left in %q", rest)
				}
				return
			}
			at := len(rest) - len(behind) - len(word)
			if at < 0 || rest[at:at+len(word)] != word || strings.ContainsFunc(rest[:at], unicode.IsLetter) {
				t.Fatalf("%q, then %q, of %q", word, behind, rest)
			}
			if strings.ContainsFunc(word, unicode.IsSpace) {
				t.Fatalf("the word %q has a space", word)
			}
			rest = behind
		}
		t.Fatalf("%q does not end", text)
	})
}

// twenty patterns in five intents, in the manner of a configuration.
func twenty() *SemanticIntent {
	var intents []abi.Row
	for i, words := range []string{"refactor this function", "translate this text", "review this contract", "summarise this report", "plan a trip"} {
		row := abi.Row{Key: "intent-" + strconv.Itoa(i)}
		for _, start := range []string{"please ", "could you ", "help me ", "I need you to "} {
			row.Values = append(row.Values, start+words)
		}
		intents = append(intents, row)
	}
	return NewSemanticIntent(intents, 0.5)
}

func textOf(n int) string {
	return strings.Repeat("The Capital of France is Paris, and what is the capital of Spain? ", n/66+1)[:n]
}

func TestSemanticIntentAllocatesNothing(t *testing.T) {
	s, p := twenty(), abi.Prompt{Last: textOf(2 << 10)}
	if n := testing.AllocsPerRun(100, func() { s.Read(&p) }); n != 0 {
		t.Errorf("%.0f allocations in Read", n)
	}
	q, candidates := abi.Request{Intent: "a"}, of(make([]abi.Signals, 8)...)
	if n := testing.AllocsPerRun(100, func() { s.Pick(&q, candidates) }); n != 0 {
		t.Errorf("%.0f allocations in Pick", n)
	}
}

func BenchmarkSemanticIntentRead(b *testing.B) {
	for _, c := range []struct {
		name string
		size int
	}{{"2kB", 2 << 10}, {"16kB", 16 << 10}} {
		b.Run(c.name, func(b *testing.B) {
			s, p := twenty(), abi.Prompt{Last: textOf(c.size)}
			b.SetBytes(int64(c.size))
			b.ReportAllocs()
			for b.Loop() {
				s.Read(&p)
			}
		})
	}
}
