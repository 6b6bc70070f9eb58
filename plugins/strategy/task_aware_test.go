package strategy

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/inquiry"
)

func TestTaskAware(t *testing.T) {
	s := asks(t, "llmrouter-taskaware", abi.Arg{Name: "tasks", Rows: []abi.Row{
		{Key: "design", Values: []string{"paint"}}, {Key: "coding", Values: []string{"small", "large"}}, {Key: "law", Values: []string{"small", "judge"}},
	}})
	for _, c := range []struct {
		query, answer, want string
		why                 abi.Abstains
	}{
		{"x", `{"task":"coding","complexity":"simple"}`, "small", ""},
		{"x", ` {"task":"coding","complexity":"complex"} `, "large", ""},
		{"x", `{"task":"design","complexity":"complex"}`, "paint", ""},
		{"x", `{"task":"law","complexity":"complex","why":[1]}`, "judge", ""},
		{"x", `{"complexity":"complex"}`, "large", ""},
		{"x", `{}`, "small", ""},
		{"x", `{"task":"cooking","complexity":"simple"}`, "paint", ""}, // the first that the table names
		{"x", `{"task":"coding","complexity":"hard"}`, "paint", ""},
		{"x", `{"task":null}`, "paint", ""},
		{"x", "```json\n{\"task\":\"coding\"}\n```", "small", abi.AbstainsUnreadable},
		{"An ENTERPRISE", `It is coding. {"task":"design"}`, "large", abi.AbstainsUnreadable},
		{"scaled", `[]`, "large", abi.AbstainsUnreadable},
		{"a secret", ``, "small", abi.AbstainsUnreadable},
	} {
		if label, why := concludes(s, asked(s, c.query), inquiry.Heard{Answers: []string{c.answer}}); label != c.want || why != c.why {
			t.Errorf("%s: got %q %q, want %q %q", c.answer, label, why, c.want, c.why)
		}
	}
	if label, why := concludes(s, asked(s, "a pipeline"), inquiry.Heard{Failed: abi.AbstainsAnswer}); label != "large" || why != abi.AbstainsAnswer {
		t.Error(label, why)
	}
	if p, _ := s.Ask(asked(s, "x"), nil); p.MaxTokens != 50 || p.Temperature != 0 {
		t.Errorf("%+v", p)
	}
}
