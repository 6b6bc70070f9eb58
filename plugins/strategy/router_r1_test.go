package strategy

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/inquiry"
)

func TestCalled(t *testing.T) {
	for _, c := range []struct {
		answer, name string
		calls, over  bool
	}{
		{"<think>x</think><search>Qwen : what is it: really", "qwen", true, false},
		{"<search>a:x</search> and <search>b:y", "b", true, false}, // the last
		{"<search>\nb:\ny</search>", "b", true, false},
		{"<search>no colon", "no colon", true, false},
		{"nothing", "", false, false},
		{"<search>a:x</search> so <answer>y", "a", true, true},
		{"<answer>y", "", false, true},
		{"<search>a:x <answer>y", "", false, true}, // it did not end its search
	} {
		if name, calls, over := called(c.answer); name != c.name || calls != c.calls || over != c.over {
			t.Errorf("%q: got %q %v %v", c.answer, name, calls, over)
		}
	}
}

func TestRouterR1(t *testing.T) {
	s := asks(t, "llmrouter-r1")
	q := asked(s, " who is it ", "qwen2.5-7b", "llama")
	p, more := s.Ask(q, []string{"hm", "<search>stranger:x"})
	if !more || len(p.Messages) != 5 || p.Messages[1].Text != "hm</search>" || p.Messages[2].Text != nobodyCalled || p.Messages[4].Text != unknownCalled {
		t.Errorf("%v %+v", more, p)
	}
	if text := p.Messages[0].Text; text[len(text)-len("Question: who is it?"):] != "Question: who is it?" {
		t.Errorf("%q", text)
	}
	for _, c := range []struct {
		answers []string
		want    string
		more    bool
	}{
		{[]string{"<search>Qwen2.5-7B:x"}, "qwen2.5-7b", false},
		{[]string{"<search>qwen:x"}, "qwen2.5-7b", false},
		{[]string{"<search>meta-llama-3:x"}, "llama", false},
		{[]string{"hm", "<search>llama:x"}, "llama", false},
		{[]string{"<search>stranger:x"}, "", true},
		{[]string{"<search>:x"}, "", true},
		{[]string{"<answer>x"}, "", false},
		{[]string{"hm"}, "", true},
	} {
		if _, more := s.Ask(q, c.answers); more != c.more {
			t.Errorf("%q: more is %v", c.answers, more)
		}
		label, why := concludes(s, q, inquiry.Heard{Answers: c.answers})
		if label != c.want || (why == "") != (c.want != "") {
			t.Errorf("%q: got %q %q, want %q", c.answers, label, why, c.want)
		}
	}
	if label, why := concludes(s, q, inquiry.Heard{Answers: []string{"hm"}, Failed: abi.AbstainsBudget}); label != "" || why != abi.AbstainsBudget {
		t.Error(label, why)
	}
}
