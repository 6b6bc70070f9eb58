package scorer

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestNearest: whatever order they are offered in, the nearest are the first by distance and place.
func TestNearest(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 5))
	for range 200 {
		n := 1 + r.IntN(30)
		k := 1 + r.IntN(n)
		distance := make([]float64, n)
		for i := range distance {
			distance[i] = float64(r.IntN(6))
		}
		want := make([]int32, n)
		for i := range want {
			want[i] = int32(i)
		}
		slices.SortStableFunc(want, func(a, b int32) int { return int(distance[a] - distance[b]) })
		got := newNearest(k)
		for _, i := range r.Perm(n) {
			got.offer(i, distance[i])
		}
		if !slices.Equal(got.place, want[:k]) || got.limit() != distance[want[k-1]] {
			t.Errorf("the %d nearest of %v are %v up to %g, want %v", k, distance, got.place, got.limit(), want[:k])
		}
	}
}
