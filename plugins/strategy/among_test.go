package strategy

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// among runs a choice as a strategy.
type among func(r *abi.Request, candidates []abi.Candidate) int

func (f among) Pick(r *abi.Request, candidates []abi.Candidate) int { return f(r, candidates) }

func everyone(int) bool { return true }

func TestLowestAmong(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		name   string
		in     string
		values []float64
		want   string
	}{
		{"the lowest of those that are in", "bc", []float64{1, 3, 2}, "c"},
		{"of several one by chance", "abcd", []float64{2, 1, 1, 1}, "bcd"},
		{"no number is the highest", "ab", []float64{nan, 1e300, 0}, "b"},
		{"none has a value", "ab", []float64{nan, inf, 0}, "ab"},
		{"below everything", "ab", []float64{math.Inf(-1), 0}, "a"},
		{"one", "c", []float64{0, 0, inf}, "c"},
	} {
		s := among(func(r *abi.Request, all []abi.Candidate) int {
			in := func(i int) bool { return strings.Contains(c.in, all[i].ID) }
			return lowestAmong(r, len(all), in, func(i int) float64 { return c.values[i] })
		})
		if got := picks(s, abi.Request{}, of(make([]abi.Signals, len(c.values))...)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// TestAmongAllIsTheWhole: where all are in, the choice is that of the functions that know of no subset.
func TestAmongAllIsTheWhole(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		candidates := random(rng, 1+rng.IntN(6))
		q := request(rng)
		value := func(i int) float64 { return candidates[i].Signals.Waiting }
		if a, b := lowestAmong(&q, len(candidates), everyone, value), lowest(&q, len(candidates), 0, value); a != b {
			t.Fatalf("lowestAmong picked %d, lowest %d", a, b)
		}
		if a, b := shuffleAmong(&q, candidates, everyone), (SimpleShuffle{}).Pick(&q, candidates); a != b {
			t.Fatalf("shuffleAmong picked %d, simple-shuffle %d", a, b)
		}
		// A choice among some is simple-shuffle's of a group that has only these.
		kept, in := []abi.Candidate{}, rng.Uint64()
		for i, c := range candidates {
			if in>>i&1 == 1 {
				kept = append(kept, c)
			}
		}
		if len(kept) == 0 {
			kept = candidates
		}
		a := shuffleAmong(&q, candidates, func(i int) bool { return in>>i&1 == 1 })
		if b := (SimpleShuffle{}).Pick(&q, kept); candidates[a].ID != kept[b].ID {
			t.Fatalf("shuffleAmong picked %s, simple-shuffle of the rest %s", candidates[a].ID, kept[b].ID)
		}
	}
}
