package scorer

import (
	"math"
	"testing"
)

// TestClip: each number to 0..1, to the bit.
func TestClip(t *testing.T) {
	numbers := []float32{0, float32(math.Copysign(0, -1)), 1, -1, 0.5, 1e-45, -1e-45, 1.0000001, 0.99999994, math.MaxFloat32, -math.MaxFloat32, 1e-20, 0.1}
	in := newInput(clip, len(numbers))
	for i, got := range in.of(&Query{Vector: numbers}) {
		if want := min(max(float64(numbers[i]), 0), 1); math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("%v becomes %v, want %v", numbers[i], got, want)
		}
	}
}
