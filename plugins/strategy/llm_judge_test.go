package strategy

import (
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/inquiry"
)

func TestJudgedModel(t *testing.T) {
	for _, c := range []struct{ answer, want string }{
		{`{"model":"mini"}`, "mini"},
		{` {"model": " mini ", "confidence": 0.5, "signals": ["x"]} `, "mini"},
		{"Here it is:\n```json\n{\"model\":\"mini\"}\n```", "mini"},
		{`{"model":"mini","model":"maxi"}`, "maxi"},
		{`{"reason":{"model":"maxi"},"model":"mini"} and more`, "mini"},
		{`first {"model":"mini"} then {"model":"maxi"}`, "mini"},
		{`a } before {"model":"mini"}`, "mini"},
		{`{"reason":"a } too many","model":"mini"}`, "mini"},
		{`see {"reason":"a } too many","model":"mini"}`, ""}, // braces in strings count: what is cut out is no JSON
		{`[{"model":"mini"}]`, ""},                           // JSON, and no object
		{`"mini"`, ""},
		{`{"model":1}`, noText},
		{`{"model":null}`, noText},
		{`{"confidence":1}`, ""},
		{`{"model":"mini"`, ""},
		{"mini", ""},
		{"", ""},
	} {
		if got := judgedModel(c.answer); got != c.want {
			t.Errorf("%s: got %q, want %q", c.answer, got, c.want)
		}
	}
}

func TestLLMJudge(t *testing.T) {
	s := asks(t, "llmrouter-llmjudge")
	for _, c := range []struct {
		query string
		heard inquiry.Heard
		want  string
		why   abi.Abstains
	}{
		{"x", inquiry.Heard{Answers: []string{`{"model":"a"}`}}, "a", ""},
		{"x", inquiry.Heard{Answers: []string{`{"model":"b"}`}}, "b", ""},
		{"x", inquiry.Heard{Answers: []string{`{"model":"A"}`}}, "b", abi.AbstainsUnreadable},
		{"x", inquiry.Heard{Failed: abi.AbstainsAnswer}, "b", abi.AbstainsAnswer},
		{"", inquiry.Heard{Failed: abi.AbstainsWords}, "", abi.AbstainsWords},
		{strings.Repeat("é", 512), inquiry.Heard{}, "b", ""},
	} {
		if label, why := concludes(s, asked(s, c.query), c.heard); label != c.want || why != c.why {
			t.Errorf("%q, %+v: got %q %q, want %q %q", c.query, c.heard, label, why, c.want, c.why)
		}
	}
}

// TestTheBudgetOfLLMJudge: characters count, not bytes, and what is left of four is no token.
func TestTheBudgetOfLLMJudge(t *testing.T) {
	s := asks(t, "llmrouter-llmjudge", abi.Arg{Name: "prompt", Text: "choose"}, abi.Arg{Name: "budget_tokens", Number: 4}).(LLMJudge)
	for _, c := range []struct {
		query string
		asks  bool
	}{{strings.Repeat("é", 13), true}, {strings.Repeat("é", 14), false}} { // 19 / 4 and 20 / 4
		p, more := s.Ask(asked(s, c.query), nil)
		if more != c.asks || more && (p.Messages[0].Role != inquiry.System || p.Messages[1].Text != c.query || p.MaxTokens != 64) {
			t.Errorf("%d characters: %v %+v", len(c.query)/2, more, p)
		}
	}
	if s.budget = 0; s.tooLong(strings.Repeat("x", 1e6)) {
		t.Error("0 is not any number")
	}
}
