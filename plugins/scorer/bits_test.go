package scorer

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"testing"
)

// TestSameBits: scores are the same bits wherever this runs. A change of the number is a change of what is decided.
func TestSameBits(t *testing.T) {
	const want = uint64(0xdab92ff2d06b2e73)
	h := fnv.New64a()
	for _, model := range sampleModels() {
		s := model.make(t)
		for _, q := range oddQueries(model.dimension) {
			for _, score := range scored(s, model.labels, q) {
				h.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(score)))
			}
		}
	}
	if got := h.Sum64(); got != want {
		t.Errorf("%#x, want %#x", got, want)
	}
}
