package strategy

import (
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/inquiry"
	"github.com/routeiq/routeiq/plugins/routing"
)

// asks makes a strategy that asks run with the arguments of its example and some more.
func asks(t testing.TB, name string, more ...abi.Arg) routing.Asking {
	t.Helper()
	k := Registry()[name]
	args := append(abi.Args(nil), more...)
	for _, a := range k.Example {
		given := false
		for _, m := range more {
			given = given || m.Name == a.Name
		}
		if !given {
			args = append(args, a)
		}
	}
	s, err := k.Make(args)
	if err != nil {
		t.Fatal(err)
	}
	return s.(routing.Asking)
}

// asked returns a question about a query, with a strategy's labels of deployments of some models.
func asked(s routing.Asking, query string, models ...string) *inquiry.Question {
	var all []*abi.Deployment
	for _, m := range models {
		all = append(all, &abi.Deployment{ID: m, Model: m})
	}
	return &inquiry.Question{Query: query, Labels: s.Labels(all), Best: func(text string) int { return len(text)%2 + 1 }}
}

// concludes returns the label that answers come to, "" where it is none, and why they are not followed.
func concludes(s routing.Asking, q *inquiry.Question, h inquiry.Heard) (label string, why abi.Abstains) {
	scores, why := s.Conclude(q, &h)
	best := -1
	for i, v := range scores {
		if best < 0 || v > scores[best] {
			best = i
		}
	}
	if best < 0 {
		return "", why
	}
	return q.Labels[best], why
}

// asking are the strategies that ask.
func theAsking(t *testing.T) (all []string) {
	for name := range Registry() {
		if _, ok := made(t, name).(routing.Asking); ok {
			all = append(all, name)
		}
	}
	return all
}

// TestEveryPlanEnds: what a strategy asks comes to an end whatever is answered, and what it concludes has a score for each label.
func TestEveryPlanEnds(t *testing.T) {
	answers := []string{"", "a", "{", "{}", `{"model":"a"}`, "x: a\ny: b", "<search>a:", "<search>nobody:x", "<answer>x", "the AI generated answer is correct"}
	for _, name := range theAsking(t) {
		s := asks(t, name)
		if s.Terms().Judge != "example" || s.Terms().DeadlineMS < 1 || s.Terms().MaxCalls < 1 {
			t.Errorf("%s: %+v", name, s.Terms())
		}
		q := asked(s, "what is it", "a", "b")
		for _, answer := range answers {
			var h inquiry.Heard
			for range s.Terms().MaxCalls + 1 {
				p, more := s.Ask(q, h.Answers)
				if !more {
					break
				}
				if len(h.Answers) == s.Terms().MaxCalls {
					h.Failed = abi.AbstainsBudget
					break
				}
				if len(p.Messages) == 0 || p.MaxTokens < 1 || !strings.Contains(p.Messages[0].Text+p.Messages[len(p.Messages)-1].Text, "what is it") && len(h.Answers) == 0 {
					t.Errorf("%s asks %+v", name, p)
				}
				h.Answers = append(h.Answers, answer)
			}
			if scores, _ := s.Conclude(q, &h); scores != nil && len(scores) != len(q.Labels) {
				t.Errorf("%s: %v for %v", name, scores, q.Labels)
			}
		}
		for _, failed := range []abi.Abstains{abi.AbstainsWords, abi.AbstainsAnswer, abi.AbstainsUnreadable, abi.AbstainsBudget} {
			if _, why := s.Conclude(q, &inquiry.Heard{Failed: failed}); why != failed {
				t.Errorf("%s: of calls that ended with %s it says %q", name, failed, why)
			}
		}
		if scores, _ := s.Conclude(q, &inquiry.Heard{Failed: abi.AbstainsWords}); scores != nil {
			t.Errorf("%s: a request without words is for %v", name, scores)
		}
	}
}

// TestPromptsAreFilledOnce: what a client writes is no slot.
func TestPromptsAreFilledOnce(t *testing.T) {
	s := asks(t, "llmrouter-causallm", abi.Arg{Name: "prompt", Text: "{models} {descriptions} {query} {else}"},
		abi.Arg{Name: "descriptions", Rows: []abi.Row{{Key: "b", Values: []string{"is", "good"}}}})
	p, _ := s.Ask(asked(s, "{models} {query}", "a", "b", "a"), nil)
	if got, want := p.Messages[0].Text, "a, b a\nb: is good {models} {query} {else}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAskingRules(t *testing.T) {
	text := func(name, value string) abi.Arg { return abi.Arg{Name: name, Text: value} }
	for _, c := range []struct {
		name string
		arg  abi.Arg
		want string
	}{
		{"llmrouter-causallm", text("judge", ""), "judge: expected the model_name or id of a deployment"},
		{"llmrouter-causallm", text("prompt", "which?"), "prompt: has no {query}"},
		{"llmrouter-llmjudge", text("prompt", "which?"), ""},
		{"llmrouter-llmjudge", text("large", "a"), `large: is "a" as small is`},
		{"llmrouter-causallm", abi.Arg{Name: "labels", Rows: []abi.Row{{Key: "x"}}}, `labels: "x" names no deployment`},
		{"llmrouter-causallm", text("fallback_strategy", "llmrouter-llmjudge"), "which does not run with its defaults"},
		{"llmrouter-causallm", text("fallback_strategy", "llmrouter-causallm"), "itself"},
		{"llmrouter-causallm", text("query_view", "all"), "expected one of last_user, "},
		{"llmrouter-automix", abi.Arg{Name: "max_calls", Number: 2}, "max_calls: is 2, llmrouter-automix makes 3"},
		{"llmrouter-automix", text("prompt", "{query}"), "prompt: has no {answer}"},
		{"llmrouter-automix", text("answer_prompt", "answer"), "answer_prompt: has no {query}"},
		{"llmrouter-taskaware", abi.Arg{Name: "tasks", Rows: []abi.Row{{Key: "x", Values: []string{"a", "b", "c"}}}}, `tasks: "x" names 3 deployments`},
		{"llmrouter-taskaware", abi.Arg{Name: "tasks", Rows: []abi.Row{{Key: "x", Values: []string{"a"}}, {Key: "x", Values: []string{"b"}}}}, `tasks: "x" stands twice`},
	} {
		args := abi.Args{c.arg}
		for _, a := range Registry()[c.name].Example {
			if a.Name != c.arg.Name {
				args = append(args, a)
			}
		}
		_, err := Registry()[c.name].Make(args)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %+v: %v, expected %q", c.name, c.arg, err, c.want)
		}
	}
}

// FuzzConclude: nothing that can be answered makes a strategy panic, or name a label that there is not.
func FuzzConclude(f *testing.F) {
	for _, answer := range []string{"", "a", `{"task":"coding"}`, "x: a", "<search>a:b</search>", "the ai generated answer is correct", "{{}", "\x00:"} {
		f.Add(answer, "second")
	}
	var all []routing.Asking
	for name := range Registry() {
		if s, ok := made(f, name).(routing.Asking); ok {
			all = append(all, s)
		}
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		for _, s := range all {
			q := asked(s, first, "a", "b-c", "")
			h := inquiry.Heard{Answers: []string{first, second, second}}
			s.Ask(q, h.Answers[:1])
			s.Ask(q, h.Answers)
			scores, _ := s.Conclude(q, &h)
			if scores != nil && len(scores) != len(q.Labels) {
				t.Fatalf("%T: %v", s, scores)
			}
		}
	})
}
