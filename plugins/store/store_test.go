package store

import (
	"sync"
	"testing"
)

func TestMapSwapNeedsTheVersion(t *testing.T) {
	var m Map
	if _, _, ok := m.Get("k"); ok {
		t.Fatal("an empty map has a value")
	}
	if !m.Swap("k", []byte("a"), 0) {
		t.Fatal("an unconditional write was refused")
	}
	value, version, ok := m.Get("k")
	if !ok || string(value) != "a" {
		t.Fatalf("got %q, %v", value, ok)
	}
	if !m.Swap("k", []byte("b"), version) {
		t.Error("a write with the current version was refused")
	}
	if m.Swap("k", []byte("c"), version) {
		t.Error("a write with an old version was taken")
	}
}

func TestUpdateGivesUp(t *testing.T) {
	if _, ok := Update(never{}, "k", func([]byte) ([]byte, int, bool) { return nil, 1, true }); ok {
		t.Error("Update reports success on a store that never takes a write")
	}
}

type never struct{}

func (never) Get(string) ([]byte, uint32, bool) { return nil, 1, true }
func (never) Swap(string, []byte, uint32) bool  { return false }

func TestNextCountsEveryCaller(t *testing.T) {
	var m Map
	var wg sync.WaitGroup
	seen := make([][]uint64, 8)
	Next(&m, "n") // the first write of a key is unconditional in a proxy: it is made before the race
	for w := range seen {
		wg.Go(func() {
			for range 500 {
				seen[w] = append(seen[w], Next(&m, "n"))
			}
		})
	}
	wg.Wait()
	all := map[uint64]bool{}
	for _, turns := range seen {
		for _, n := range turns {
			if all[n] && n != 0 {
				t.Fatalf("turn %d was given twice", n)
			}
			all[n] = true
		}
	}
}
