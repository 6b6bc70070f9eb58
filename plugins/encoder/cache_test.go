package encoder

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// TestCache: a cache holds what a plain list of the last ones asked for would hold.
func TestCache(t *testing.T) {
	const most = 5
	c := NewCache(most)
	var want []Key // the newest last
	chance := rand.New(rand.NewPCG(1, 2))
	for i := range 5000 {
		k := KeyOf(strconv.Itoa(chance.IntN(12)))
		at := slices.Index(want, k)
		if got := c.Get(k); (got != nil) != (at >= 0) {
			t.Fatalf("step %d: got %v, want it to be there: %v", i, got, at >= 0)
		}
		if at >= 0 {
			want = append(slices.Delete(want, at, at+1), k)
			continue
		}
		c.Put(k, []float32{1})
		if want = append(want, k); len(want) > most {
			want = want[1:]
		}
		if len(c.entries) != len(want) {
			t.Fatalf("step %d: %d entries", i, len(c.entries))
		}
	}
	none := NewCache(0)
	if none.Put(KeyOf("a"), []float32{1}); none.Get(KeyOf("a")) != nil {
		t.Error("a cache of none holds one")
	}
}
