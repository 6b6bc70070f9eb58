package strategy

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// TestByShareIsSimpleShuffle: with all wanted it makes the same picks.
func TestByShareIsSimpleShuffle(t *testing.T) {
	all := func(int) bool { return true }
	for _, candidates := range [][]abi.Candidate{shares(3, 9, 0), shares(0, 0, 0, 0), shares(0, 1), shares(0.1, 0.2, 0.7), shares(5)} {
		for seed := range uint64(2000) {
			q := abi.Request{Seed: seed}
			if got, want := byShare(&q, candidates, all), (SimpleShuffle{}).Pick(&q, candidates); got != want {
				t.Fatalf("seed %d: got %d, want %d", seed, got, want)
			}
		}
	}
}

// subset picks by share among some.
type subset func(i int) bool

func (s subset) Pick(r *abi.Request, candidates []abi.Candidate) int {
	return byShare(r, candidates, s)
}

func TestByShareOfSome(t *testing.T) {
	const n = 30_000
	odd := subset(func(i int) bool { return i%2 == 1 })
	even(t, counted(odd, abi.Request{}, shares(7, 2, 9, 2, 0, 0), n), n, 2) // f has no share
	even(t, counted(odd, abi.Request{}, shares(7, 0, 9, 0), n), n, 2)       // of those that have none, all
}
