package strategy

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// random returns n candidates sorted by id, as routing hands them over.
func random(rng *rand.Rand, n int) []abi.Candidate {
	candidates := make([]abi.Candidate, n)
	for i := range candidates {
		candidates[i] = abi.Candidate{Deployment: &abi.Deployment{ID: string(rune('a' + i)), Share: float64(rng.IntN(4))}}
	}
	return candidates
}

// TestEveryStrategy holds what is promised of all of them: the answer is a candidate, the same input gives the same
// answer, and the input is left as it was.
func TestEveryStrategy(t *testing.T) {
	for name, s := range Registry() {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			for range 2000 {
				candidates := random(rng, 1+rng.IntN(6))
				before := slices.Clone(candidates)
				q := abi.Request{Seed: rng.Uint64(), Turn: rng.Uint64()}
				got := s.Pick(&q, candidates)
				if got < 0 || got >= len(candidates) {
					t.Fatalf("picked %d of %d", got, len(candidates))
				}
				if again := s.Pick(&q, candidates); again != got {
					t.Fatalf("picked %d, then %d", got, again)
				}
				if !slices.Equal(candidates, before) {
					t.Fatal("the candidates were changed")
				}
			}
		})
	}
}

func TestRegisteringTwicePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("it did not")
		}
	}()
	register("simple-shuffle", SimpleShuffle{})
}
