package strategy

import (
	"slices"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/inquiry"
)

func TestCausalName(t *testing.T) {
	models := []string{"llama-3-8b-instruct", "qwen2.5-7b-instruct", "qwen2.5-7b", "mixtral-8x22b"}
	for _, c := range []struct {
		answer string
		want   int
	}{
		{" Qwen2.5-7B-Instruct is best", 1},
		{"qwen2.5-7b", 2},                // the first whole name is not in it, the third is
		{"qwen2.5-7b-instructed", 1},     // but here the second is
		{"an instruct model", 0},         // a part of the first
		{"the 7b one", 1},                // a part of the second is in it; of the first "3" and "8b" are not
		{"8x22b", 3},                     // as a part
		{"number 3", 0},                  // "3" is a part, too
		{"nobody", 0},                    // none: the first
		{"", 0},                          // nothing: the first
		{"MIXTRAL-8X22B, or qwen2.5", 3}, // whole names go before parts
	} {
		if got := causalName(c.answer, models); got != c.want {
			t.Errorf("%q: got %s, want %s", c.answer, models[got], models[c.want])
		}
	}
	if got := causalName("nothing of it", []string{"first", "double--hyphen"}); got != 1 {
		t.Errorf("between two hyphens is nothing, which is in every text: got %d", got)
	}
}

func TestCausalLLM(t *testing.T) {
	s := asks(t, "llmrouter-causallm")
	q := asked(s, "x", "a", "b")
	p, more := s.Ask(q, nil)
	if !more || p.MaxTokens != 32 || p.Temperature != 0.1 || p.TopP != 0.95 || !slices.Equal(p.Stop, []string{"\n", "Query:", "Available"}) {
		t.Errorf("%+v", p)
	}
	if _, more = s.Ask(q, []string{"b"}); more {
		t.Error("it asks twice")
	}
	if label, why := concludes(s, q, inquiry.Heard{Answers: []string{"B."}}); label != "b" || why != "" {
		t.Error(label, why)
	}
	if label, why := concludes(s, q, inquiry.Heard{Failed: abi.AbstainsAnswer}); label != "" || why != abi.AbstainsAnswer {
		t.Error(label, why)
	}
}
