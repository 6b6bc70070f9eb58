package strategy

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// sized makes candidates of models' sizes.
func sized(sizes ...float64) []abi.Candidate {
	candidates := of(make([]abi.Signals, len(sizes))...)
	for i, size := range sizes {
		candidates[i].Size = size
	}
	return candidates
}

func TestBySize(t *testing.T) {
	for _, c := range []struct {
		name              string
		candidates        []abi.Candidate
		smallest, largest string
	}{
		{"three", sized(70, 8, 405), "b", "c"},
		{"less than a billion", sized(8, 0.5, 1.5), "b", "a"},
		{"what is not known comes last in both", sized(0, 8, 70, 0), "b", "c"},
		{"only one is known", sized(0, 8, 0), "b", "b"},
		{"of several, one by chance", sized(8, 70, 8, 70), "ac", "bd"},
		{"none is known", sized(0, 0, 0), "abc", "abc"},
		{"one", sized(0), "a", "a"},
	} {
		if got := picks(BySize{}, abi.Request{}, c.candidates); got != c.smallest {
			t.Errorf("%s: the smallest is %s, want %s", c.name, got, c.smallest)
		}
		if got := picks(BySize{Largest: true}, abi.Request{}, c.candidates); got != c.largest {
			t.Errorf("%s: the largest is %s, want %s", c.name, got, c.largest)
		}
	}
}

func TestBySizeSharesTies(t *testing.T) {
	const n = 20_000
	even(t, counted(BySize{}, abi.Request{}, sized(8, 8, 70, 8, 0), n), n, 3)
	even(t, counted(BySize{Largest: true}, abi.Request{}, sized(8, 70, 0, 70), n), n, 2)
}

// TestBySizeUnknownIsSimpleShuffle: also in that shares hold.
func TestBySizeUnknownIsSimpleShuffle(t *testing.T) {
	candidates := sized(0, 0, 0)
	candidates[1].Share = 3
	if got := picks(BySize{Largest: true}, abi.Request{}, candidates); got != "b" {
		t.Errorf("got %s, want b", got)
	}
}
