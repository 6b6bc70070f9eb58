package abi

import (
	"math"
	"strconv"
	"testing"
)

// TestSeedIsStable pins seeds and chances: they are part of the contract, since a decision is replayed from them.
func TestSeedIsStable(t *testing.T) {
	for _, c := range []struct {
		id     string
		seed   uint64
		chance float64
	}{
		{"", 0xf52a15e9a9b5e89b, 0.8966038152520112},
		{"r1", 0x15d7ff2b76197532, 0.31902033884717396},
	} {
		if got := SeedOf(c.id); got != c.seed {
			t.Errorf("SeedOf(%q) = %#x, want %#x", c.id, got, c.seed)
		}
		if got := Chance(c.seed, 0); math.Abs(got-c.chance) > 1e-12 {
			t.Errorf("Chance(%#x, 0) = %.17g, want %.17g", c.seed, got, c.chance)
		}
	}
}

func TestChanceIsEven(t *testing.T) {
	const n = 100_000
	buckets := make([]int, 10)
	for i := range n {
		buckets[int(10*Chance(SeedOf("id-"+strconv.Itoa(i)), 2))]++
	}
	for i, count := range buckets {
		if math.Abs(float64(count)-n/10) > 5*math.Sqrt(n*0.09) {
			t.Errorf("bucket %d has %d of %d", i, count, n)
		}
	}
}
