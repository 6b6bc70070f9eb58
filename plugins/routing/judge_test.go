package routing

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// TestScore: a candidate has the best score of its labels, and of those that score alike the first's place.
func TestScore(t *testing.T) {
	scores := []float64{-3, -1, -2, -1}
	for _, c := range []struct {
		places []int
		score  float64
		place  int
	}{{nil, 0, 0}, {[]int{1}, -3, 1}, {[]int{1, 3}, -2, 3}, {[]int{2, 4}, -1, 2}} {
		s := abi.Signals{Score: 7, Place: 7}
		if score(&s, scores, c.places); s.Score != c.score || s.Place != c.place {
			t.Errorf("%v: %v of %d, want %v of %d", c.places, s.Score, s.Place, c.score, c.place)
		}
		if score(&s, nil, c.places); s.Score != 0 || s.Place != 0 {
			t.Errorf("%v, without scores: %v of %d", c.places, s.Score, s.Place)
		}
	}
}
