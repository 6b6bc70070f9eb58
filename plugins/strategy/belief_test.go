package strategy

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// anyCounts are two counts, half the time of a usual size.
func anyCounts(rng *rand.Rand) [2]float64 {
	most := math.Log(mostCount / 2 / leastCount)
	if rng.IntN(2) == 0 {
		most = math.Log(1000)
	}
	return [2]float64{leastCount * math.Exp(most*rng.Float64()), leastCount * math.Exp(most*rng.Float64())}
}

// TestNoDrawIsAboveItsCeiling, and no ceiling is so high above the draws that it would not spare them: by a quarter of a deviation
// above the highest draw of its level at most.
func TestNoDrawIsAboveItsCeiling(t *testing.T) {
	rng, table := rand.New(rand.NewPCG(1, 2)), ceilings()
	far := 0.0
	for range 50_000 {
		c := anyCounts(rng)
		b := beliefOf(c[0], c[1])
		if !b.possible() {
			t.Fatalf("%v: %+v", c, b)
		}
		k := b.like()
		for n := 1; n <= ceilingLevels+3; n++ {
			top := 1 - math.Ldexp(1, -n)
			draw, ceiling := k.logAt(top), b.ceiling(table, top)
			if draw > ceiling {
				t.Fatalf("%v: the draw at 1-2^-%d is %g, the ceiling %g", c, n, draw, ceiling)
			}
			if n <= ceilingLevels {
				far = max(far, (ceiling-draw)/(b.mean*math.Sqrt(max(b.ratio, leastRatio))))
			}
			if u := top - rng.Float64()*math.Ldexp(1, -n); k.logAt(u) > b.ceiling(table, u) {
				t.Fatalf("%v: the draw at %g is %g, the ceiling %g", c, u, k.logAt(u), b.ceiling(table, u))
			}
		}
	}
	if far > 0.25 {
		t.Errorf("a ceiling is %.2f deviations above a draw", far)
	}
	if got := beliefOf(3, 3).ceiling(table, 0); got < beliefOf(3, 3).like().logAt(0.5) {
		t.Errorf("at no chance: %g", got)
	}
}

// TestBeliefsOfAnyCountsArePossible, at the ends of what counts can be.
func TestBeliefsOfAnyCountsArePossible(t *testing.T) {
	for _, c := range [][2]float64{
		{leastCount, leastCount}, {leastCount, mostCount - leastCount}, {mostCount - leastCount, leastCount}, {mostCount / 2, mostCount / 2},
	} {
		if b := beliefOf(c[0], c[1]); !b.possible() {
			t.Errorf("%v: %+v", c, b)
		}
	}
}

// TestThompsonSparesNoWinner: the pick is that of all draws made.
func TestThompsonSparesNoWinner(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for trial := range 600 {
		alike := trial%2 == 0
		var candidates []abi.Candidate
		for range 1 + rng.IntN(300) {
			c := anyCounts(rng)
			if alike {
				c = [2]float64{12 + rng.Float64(), 4 + rng.Float64()}
			}
			candidates = append(candidates, believed(c)...)
			candidates[len(candidates)-1].Deployment = &abi.Deployment{ID: fmt.Sprint(len(candidates))}
		}
		q := abi.Request{Seed: rng.Uint64()}
		want, highest := -1, math.Inf(-1)
		for i := range candidates {
			e := candidates[i].Signals.Estimate
			draw := belief{e[0], e[1]}.like().logAt(abi.Chance(q.Seed^abi.SeedOf(candidates[i].ID), len(candidates)))
			if draw > highest {
				want, highest = i, draw
			}
		}
		if got := (Thompson{}).Pick(&q, candidates); got != want {
			t.Fatalf("trial %d: got %d, want %d", trial, got, want)
		}
	}
}
