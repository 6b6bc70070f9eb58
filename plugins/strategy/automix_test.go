package strategy

import (
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/inquiry"
)

func TestShareCorrect(t *testing.T) {
	const yes, no, neither = "It is. The AI Generated Answer is CORRECT.", "the ai generated answer is incorrect", "I do not know."
	for _, c := range []struct {
		said []string
		want float64
	}{
		{[]string{yes, yes}, 1}, {[]string{yes, no}, 0.5}, {[]string{no, no}, 0}, {[]string{neither, neither}, 0}, {nil, 0},
		{[]string{yes, neither}, 1}, {[]string{no + " " + yes}, 1}, {[]string{"The AI generated answer  is correct"}, 0},
	} {
		if got := shareCorrect(c.said); got != c.want {
			t.Errorf("%q: got %v, want %v", c.said, got, c.want)
		}
	}
}

func TestAutoMix(t *testing.T) {
	s := asks(t, "llmrouter-automix")
	q := asked(s, "who?")
	answer, _ := s.Ask(q, nil)
	if answer.Temperature != 0 || answer.MaxTokens != 100 || !slices.Equal(answer.Stop, []string{"\n"}) || answer.Seed != 0 {
		t.Errorf("%+v", answer)
	}
	for _, answers := range [][]string{{"Leonardo"}, {"Leonardo", "…"}} {
		p, more := s.Ask(q, answers)
		if !more || p.Temperature != 1 || p.Seed != 42 || p.MaxTokens != 250 || !slices.Equal(p.Stop, []string{"---"}) || !strings.Contains(p.Messages[0].Text, "Leonardo") {
			t.Errorf("%+v", p)
		}
	}
	const yes, no = "the AI generated answer is correct", "the AI generated answer is incorrect"
	for _, c := range []struct {
		threshold float64
		heard     inquiry.Heard
		want      string
		why       abi.Abstains
	}{
		{0.5, inquiry.Heard{Answers: []string{no, yes, yes}}, "a", ""}, // what the first says is not judged
		{0.5, inquiry.Heard{Answers: []string{yes, yes, no}}, "b", ""}, // half is no more than the half
		{0.4, inquiry.Heard{Answers: []string{yes, yes, no}}, "a", ""},
		{0, inquiry.Heard{Answers: []string{yes, no, no}}, "b", ""},
		{1, inquiry.Heard{Answers: []string{yes, yes, yes}}, "b", ""},
		{0.5, inquiry.Heard{Answers: []string{yes, yes}, Failed: abi.AbstainsAnswer}, "", abi.AbstainsAnswer},
	} {
		s := asks(t, "llmrouter-automix", abi.Arg{Name: "threshold", Number: c.threshold})
		if label, why := concludes(s, q, c.heard); label != c.want || why != c.why {
			t.Errorf("%v %+v: got %q %q, want %q %q", c.threshold, c.heard, label, why, c.want, c.why)
		}
	}
}
