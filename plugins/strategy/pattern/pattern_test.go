package pattern

import (
	"strings"
	"testing"
	"time"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"claude", "User-Agent: claude-code/1.2", true},
		{"^claude", "User-Agent: claude-code/1.2", false},
		{`^User-Agent: claude-code\/`, "User-Agent: claude-code/1.2", true},
		{`(?i)CURL/\d+`, "User-Agent: curl/8", true},
		{`\bmini\b`, "gemini", false},
		{`^(eu|us)-[0-9]{2}$`, "eu-17", true},
		{`^(eu|us)-[0-9]{2}$`, "eu-170", false},
		{"", "anything", true},
	} {
		p, err := Compile(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
		} else if p.Match(c.text) != c.want {
			t.Errorf("%s matches %q: %v", c.pattern, c.text, !c.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for pattern, want := range map[string]string{
		"(":       "missing closing ): `(`",
		"a**":     "invalid nested repetition operator: `**`",
		"[b-a]":   "invalid character class range: `b-a`",
		"x(?!y)":  "invalid or unsupported Perl syntax: `(?!`", // Python's
		"a{1001}": "invalid repeat count: `{1001}`",
	} {
		if _, err := Compile(pattern); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", pattern, err, want)
		}
	}
}

// TestNoTextIsSlow: a text that a matcher which tries again would never end on.
func TestNoTextIsSlow(t *testing.T) {
	p, err := Compile(`^(a+)+$`)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if p.Match(strings.Repeat("a", 8000) + "b") {
		t.Error("it matches")
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}
