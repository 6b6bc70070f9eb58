package compile

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/plugins/strategy/pattern"
)

func load(t testing.TB, expression string) pattern.Pattern {
	t.Helper()
	program, err := Compile(expression)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	p, err := pattern.Load(program)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return p
}

var expressions = []string{
	"claude", "^claude", `^User-Agent: claude-code\/`, `(?i)CURL/\d+`, `\bmini\b`, `\Bmini`, `^(eu|us)-[0-9]{2}$`, "", "a*b+c?", "(?s)a.b", "a.b",
	"(?m)^x$", `[^a-z]+\z`, "(a|b)*abb", "x{2,4}y", `\p{Greek}+`, "(?i)straße", "(?i)k", "a||b", "(a*)*$", `[[:word:]]+@`, "[α-ω]",
}

var texts = []string{
	"", "User-Agent: claude-code/1.2", "claude", "curl/8", "User-Agent: CURL/78", "gemini", "gemini mini", "eu-17", "eu-170", "us-1", "abc", "aaabbb", "a\nb", "axb",
	"x\nx", "y\nx\ny", "xxxy", "xxxxxy", "αβγ", "STRASSE", "straße", "STRAßE", "\u212a", "K", "abb", "babb", "me@home", "\xff\xfe", "日本",
}

func TestMatch(t *testing.T) {
	for _, expression := range expressions {
		p, reference := load(t, expression), regexp.MustCompile(expression)
		for _, text := range texts {
			if got, want := p.Match(text), reference.MatchString(text); got != want {
				t.Errorf("%s on %q: %v, regexp says %v", expression, text, got, want)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	for expression, want := range map[string]string{
		"(":                                   "missing closing ): `(`",
		"a**":                                 "invalid nested repetition operator: `**`",
		"(?=a)":                               "invalid or unsupported Perl syntax: `(?=`",
		"a{1000}b{1000}c{1000}d{1000}e{1000}": "it is too large: write fewer repetitions",
	} {
		if _, err := Compile(expression); err == nil || err.Error() != want {
			t.Errorf("%s: %v", expression, err)
		}
	}
}

// TestTimeIsLinear: an expression that takes a backtracking machine for ever. It would not end; no time is asserted.
func TestTimeIsLinear(t *testing.T) {
	p := load(t, "(a+)+$")
	done := make(chan bool, 1)
	go func() { done <- p.Match(strings.Repeat("a", 20_000) + "b") }()
	select {
	case matched := <-done:
		if matched {
			t.Error("it matches")
		}
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
	}
}

func FuzzMatch(f *testing.F) {
	for i, e := range expressions {
		f.Add(e, texts[i%len(texts)])
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		reference, err := regexp.Compile(expression)
		program, ours := Compile(expression)
		if ours != nil {
			return // it may be too large, too
		}
		if err != nil {
			t.Fatalf("%q is taken, regexp refuses it: %v", expression, err)
		}
		p, err := pattern.Load(program)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := p.Match(text), reference.MatchString(text); got != want {
			t.Fatalf("%q on %q: %v, regexp says %v", expression, text, got, want)
		}
	})
}
