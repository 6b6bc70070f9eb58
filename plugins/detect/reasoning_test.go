package detect

import (
	"slices"
	"strings"
	"testing"
)

func TestReasoning(t *testing.T) {
	for _, c := range []struct {
		rule, text string
		want       bool
	}{
		{"one that is sure", "prove that the sum equals n(n+1)/2", true},
		{"one hint", "Think through the problem", false},
		{"one hint, of another trade", "derive the meaning from context", false},
		{"one hint, of no trade", "I want to prove the haters wrong", false},
		{"one hint, though mathematical", "mathematically show the answer is 4", false},
		{"nothing", "What is the capital of France?", false},
		{"no text", "", false},
		{"no word", " \n-'…", false},

		{"think", "Please think step by step.", true},
		{"step", "Solve it step by step", true},
		{"hyphens", "a step-by-step guide", true},
		{"hyphens of typesetters", "a step\u2010by\u2011step guide", true},
		{"hyphens and blanks", "step-by step", true},
		{"chain", "use chain-of-thought", true},
		{"capitals", "PROVE THAT it holds", true},
		{"line breaks", "prove\r\n\tthat it holds", true},
		{"blanks of Unicode", "prove\u00a0\u3000that it holds", true},
		{"marked", "**Prove that** it holds", true},
		{"quoted", "“prove that”", true},
		{"after an emoji", "🤔️prove that it holds", true},
		{"after punctuation of East Asia", "请说：prove that。", true},
		{"possessive", "prove that's so", true},
		{"late", strings.Repeat("lorem ipsum ", 2000) + "prove that", true},

		{"another word before", "improve that", false},
		{"another word after", "prove thatcher wrong", false},
		{"a letter outside ASCII before", "éprove that", false},
		{"a letter outside ASCII after", "prove thaté", false},
		{"a letter of another script", "请prove that", false},
		{"the sign for feminine", "prove thatª", false},
		{"a digit", "2prove that", false},
		{"an underscore", "prove_that", false},
		{"a letter that folds to s", "ſtep by step", false},
		{"a sentence between", "prove. that", false},
		{"a comma between", "step, by step", false},
		{"a blank and a hyphen between", "step - by - step", false},
		{"two hyphens between", "step--by--step", false},
		{"a dash between", "prove—that", false},
		{"a letter of Greek between", "proveλthat", false},
		{"a plural", "formal proofs", false},
		{"another order", "that prove", false},
		{"cut short", "step by", false},

		{"two hints", "Compare and contrast the two, with pros and cons.", true},
		{"two hints in other words", "Evaluate whether it pays; break it down.", true},
		{"two hints end to start", "think through pros and cons", true},
		{"the same hint twice", "Think through it. Think through it again.", false},
		{"the same hint in two forms", "Explain why it is blue, and explain how it fades.", false},
		{"the same hint twice and another", "think about it, think about it, and work through it", true},
		{"with an apostrophe", "Let's reason. Pros and cons?", true},
		{"with the apostrophe of typesetters", "Let’s reason. Pros and cons?", true},
		{"without an apostrophe", "lets reason; pros and cons", true},
		{"two hints that share a word are one", "let's reason about it", false},
		{"and what follows them is another", "let's reason about it, then reason through it", true},

		{"nothing between", "work through it: analyze the tradeoffs", true},
		{"one word between", "work through it: analyze the various tradeoffs", true},
		{"three words between", "work through it: analyze the long term economic implications", true},
		{"four words between", "work through it: analyze the rather long term economic implications", false},
		{"a comma between", "work through it: analyze the costs, and consequences", false},
		{"British", "work through it: analyse the consequences", true},
		{"British, and critical", "work through it and critically analyse it", true},
		{"trade-offs", "work through it: analyze the trade-offs", true},
		{"trade-offs after three words", "work through it: analyze the known and unknown trade-offs", true},
		{"the end among the words between", "work through it: analyze the implications of implications", true},
		{"twice begun", "work through it: analyze the one analyze the two three four tradeoffs", true},
		{"not begun", "work through it: analyze these tradeoffs", false},
	} {
		if got := Reasoning(c.text); got != c.want {
			t.Errorf("%s: Reasoning(%.60q) = %v", c.rule, c.text, got)
		}
	}
}

// TestPhrases walks the tables: every form of every phrase does what its class says.
func TestPhrases(t *testing.T) {
	for _, phrase := range sure {
		for _, form := range forms(phrase) {
			for _, text := range []string{
				form, strings.ToUpper(form), "(" + form + ")", strings.ReplaceAll(form, " ", "\n  "), strings.ReplaceAll(form, " ", "-"), "so " + form + " then",
			} {
				if !Reasoning(text) {
					t.Errorf("Reasoning(%q) = false", text)
				}
			}
			for _, text := range []string{"x" + form, form + "x", "é" + form, form + "é", form[:len(form)-1], form[1:], strings.ReplaceAll(form, " ", ". ")} {
				if Reasoning(text) {
					t.Errorf("Reasoning(%q) = true", text)
				}
			}
		}
	}
	for i, phrase := range hints {
		for _, form := range forms(phrase) {
			for _, again := range forms(phrase) {
				if text := form + ", " + again; Reasoning(text) {
					t.Errorf("Reasoning(%q) = true: one hint twice", text)
				}
			}
			for j, other := range hints {
				for _, second := range forms(other) {
					if text := form + " " + second; i != j && !Reasoning(text) {
						t.Errorf("Reasoning(%q) = false: two hints", text)
					}
				}
			}
			for _, other := range sure { // which a hint must not hide, wherever it stops
				words := strings.Fields(form)
				for n := range len(words) + 1 {
					if text := strings.Join(words[:n], " ") + " " + forms(other)[0]; !Reasoning(text) {
						t.Errorf("Reasoning(%q) = false: a hint hides what is sure", text)
					}
				}
			}
		}
	}
}

// TestReasoningGrows: what follows a text takes nothing away from it, as long as its last word stays what it is.
func TestReasoningGrows(t *testing.T) {
	for text := range sentences(3000, vocabulary(slices.Concat(sure, hints))) {
		was := false
		for i := range len(text) + 1 {
			if i < len(text) && !strings.ContainsRune(" .-\n", rune(text[i])) {
				continue // within a word
			}
			is := Reasoning(text[:i])
			if was && !is {
				t.Fatalf("Reasoning(%q) = false, but of less of it it was true", text[:i])
			}
			was = is
		}
	}
}
