package strategy

import (
	"math"
	"strconv"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func shares(values ...float64) []abi.Candidate {
	var candidates []abi.Candidate
	for i, v := range values {
		candidates = append(candidates, abi.Candidate{Deployment: &abi.Deployment{ID: string(rune('a' + i)), Share: v}})
	}
	return candidates
}

// TestSimpleShuffleShares: over request ids as they come, picks follow the shares.
func TestSimpleShuffleShares(t *testing.T) {
	const n = 40_000
	for _, c := range []struct {
		shares []float64
		want   []float64
	}{
		{[]float64{3, 9, 0}, []float64{0.25, 0.75, 0}},
		{[]float64{0, 0, 0, 0}, []float64{0.25, 0.25, 0.25, 0.25}},
		{[]float64{0, 1}, []float64{0, 1}},
		{[]float64{0.1, 0.2, 0.7}, []float64{0.1, 0.2, 0.7}},
	} {
		count := make([]int, len(c.shares))
		for i := range n {
			q := abi.Request{Seed: abi.SeedOf("request-" + strconv.Itoa(i))}
			count[SimpleShuffle{}.Pick(&q, shares(c.shares...))]++
		}
		for i, want := range c.want {
			sigma := math.Sqrt(want * (1 - want) / n)
			if got := float64(count[i]) / n; math.Abs(got-want) > 5*sigma {
				t.Errorf("shares %v: deployment %d got %.4f, want %.4f ± %.4f", c.shares, i, got, want, 5*sigma)
			}
		}
	}
}

// TestSimpleShuffleFailsOverEvenly: when one deployment is out, its load spreads over the others by their shares.
func TestSimpleShuffleFailsOverEvenly(t *testing.T) {
	const n = 30_000
	second := map[string]int{}
	total := 0
	for i := range n {
		q := abi.Request{Seed: abi.SeedOf("r" + strconv.Itoa(i))}
		all := shares(1, 1, 1, 1)
		if (SimpleShuffle{}).Pick(&q, all) != 0 {
			continue
		}
		total++
		rest := all[1:]
		second[rest[SimpleShuffle{}.Pick(&q, rest)].ID]++
	}
	for id, count := range second {
		if got := float64(count) / float64(total); math.Abs(got-1.0/3) > 0.03 {
			t.Errorf("%s gets %.3f of what the first loses, want 0.333", id, got)
		}
	}
}

func TestSimpleShuffleWithoutShareIsLast(t *testing.T) {
	for i := range 1000 {
		q := abi.Request{Seed: abi.SeedOf(strconv.Itoa(i))}
		candidates := shares(0, 2, 5)
		if first := (SimpleShuffle{}).Pick(&q, candidates); first == 0 {
			t.Fatal("a deployment without a share was taken before the others")
		}
	}
}
