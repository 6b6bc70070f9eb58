package strategy

import (
	"slices"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/inquiry"
)

func TestRoutedParts(t *testing.T) {
	for _, c := range []struct {
		answer string
		want   []string
	}{
		{"a part: x\nanother: y", []string{" x", " y"}},
		{"  a: b: c  \r\n\n", []string{" b: c"}}, // at the first colon
		{": x\nab\nabc", []string{"abc"}},        // nothing before the colon; too short
		{"1: x\né:", []string{" x"}},             // characters, not bytes
		{"", nil},
	} {
		if got := routedParts(c.answer); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.answer, got, c.want)
		}
	}
}

func TestLLMMultiRound(t *testing.T) {
	s := asks(t, "llmrouter-llm-multiround", abi.Arg{Name: "labels", Rows: []abi.Row{
		{Key: "qwen2.5-7b", Values: []string{"q"}}, {Key: "Llama-3.1-8b", Values: []string{"meta/llama-large"}}, {Key: "mixtral", Values: []string{"mix"}},
	}})
	for _, c := range []struct{ answer, want string }{
		{"x: MIXTRAL\ny: llama-3.1-8b\nz: mixtral", "mixtral"},
		{"x: llama-3.1-8b\ny: qwen2.5-7b", "Llama-3.1-8b"}, // as often: the one named first
		{"x: meta/llama-large", "Llama-3.1-8b"},            // a deployment that it means
		{"x: a llama", "Llama-3.1-8b"},                     // a part of more than two characters
		{"x: 8b", "qwen2.5-7b"},                            // that is no more than two: the first
		{"x: nobody\ny: mixtral\nz: mixtral", "mixtral"},
		{"let mixtral do it all", "mixtral"},
	} {
		if label, why := concludes(s, asked(s, "x"), inquiry.Heard{Answers: []string{c.answer}}); label != c.want || why != "" {
			t.Errorf("%q: got %q %q, want %q", c.answer, label, why, c.want)
		}
	}
	for _, h := range []inquiry.Heard{{Answers: []string{"-\n"}}, {Failed: abi.AbstainsAnswer}} {
		if label, why := concludes(s, asked(s, "x"), h); label != "qwen2.5-7b" || why == "" {
			t.Errorf("%+v: %q %q", h, label, why)
		}
	}
}

func TestTallied(t *testing.T) {
	if got := tallied([]int{2, 1, 1, 2}, 3); !slices.Equal(got, []float64{0, 1.75, 2}) {
		t.Error(got)
	}
}
