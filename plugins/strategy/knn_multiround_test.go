package strategy

import (
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/inquiry"
)

func TestPartsOf(t *testing.T) {
	for _, c := range []struct {
		answer string
		want   []string
	}{
		{"one thing\n\n  another  \r\nno\nyes", []string{"one thing", "another", "yes"}},
		{"aaa\nbbb\nccc\nddd\neee", []string{"aaa", "bbb", "ccc", "ddd"}},
		{"éé\nééé", []string{"ééé"}},
		{" \n", nil},
	} {
		if got := partsOf(c.answer); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.answer, got, c.want)
		}
	}
}

// TestKNNMultiRound: each part has a vote, and a request that was not split is its own only part. The model of the test prefers the
// first label for texts of an even length.
func TestKNNMultiRound(t *testing.T) {
	s := asks(t, "llmrouter-knn-multiround")
	for _, c := range []struct {
		query string
		heard inquiry.Heard
		want  string
		why   abi.Abstains
	}{
		{"x", inquiry.Heard{Answers: []string{"even\neven\nodd"}}, "a", ""},
		{"x", inquiry.Heard{Answers: []string{"odd\neven"}}, "b", ""},
		{"x", inquiry.Heard{Answers: []string{"even\nodd"}}, "a", ""},
		{"odd", inquiry.Heard{Answers: []string{"no"}}, "b", abi.AbstainsUnreadable},
		{"even", inquiry.Heard{Failed: abi.AbstainsAnswer}, "a", abi.AbstainsAnswer},
	} {
		if label, why := concludes(s, asked(s, c.query, "a", "b"), c.heard); label != c.want || why != c.why {
			t.Errorf("%+v: got %q %q, want %q %q", c.heard, label, why, c.want, c.why)
		}
	}
}

// TestKNNMultiRoundWithoutVectors: a part without a vector has no vote.
func TestKNNMultiRoundWithoutVectors(t *testing.T) {
	s := asks(t, "llmrouter-knn-multiround")
	q := asked(s, "x", "a", "b")
	q.Best = func(text string) int { return strings.Index("-ab", text[:1]) }
	if label, why := concludes(s, q, inquiry.Heard{Answers: []string{"---\n---\nbbb"}}); label != "b" || why != "" {
		t.Error(label, why)
	}
	if label, why := concludes(s, q, inquiry.Heard{Answers: []string{"---\n---"}}); label != "" || why != abi.AbstainsVector {
		t.Error(label, why)
	}
}
