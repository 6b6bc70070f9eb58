package strategy

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestRandom(t *testing.T) {
	candidates := shares(1, 5, 0, 2)
	even(t, counted(Random{}, abi.Request{}, candidates, 40_000), 40_000, 4)
	equal := 0
	for i := range 4000 {
		q := abi.Request{Seed: abi.SeedOf(string(rune(i)))}
		if (Random{}).Pick(&q, candidates) == (Random{Seed: 7}).Pick(&q, candidates) {
			equal++
		}
	}
	if equal < 850 || equal > 1150 { // a quarter, and five standard deviations
		t.Errorf("two seeds agree %d times of 4000", equal)
	}
}
