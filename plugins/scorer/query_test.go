package scorer

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/plugins/artifact"
)

func TestPrepare(t *testing.T) {
	for _, c := range []struct {
		normalize bool
		v, want   []float32
	}{
		{false, []float32{3, 4}, []float32{3, 4}},
		{true, []float32{3, 4}, []float32{0.6, 0.8}},
		{true, []float32{0, 0}, []float32{0, 0}},
		{true, []float32{math.MaxFloat32, math.MaxFloat32}, []float32{math.Sqrt2 / 2, math.Sqrt2 / 2}},
		{true, []float32{0, -math.SmallestNonzeroFloat32}, []float32{0, -1}},
	} {
		e := &artifact.Encoder{ID: "test", Dimension: 2, Normalize: c.normalize}
		if v := slices.Clone(c.v); Prepare(e, v) != nil || !slices.Equal(v, c.want) {
			t.Errorf("%v becomes %v, want %v", c.v, v, c.want)
		}
	}
	for _, c := range []struct {
		v    []float32
		want string
	}{
		{[]float32{1}, "the vector has 1 numbers, the model was trained on vectors of 2 by test"},
		{[]float32{1, float32(math.NaN())}, "number 1 is NaN or infinite"},
		{[]float32{float32(math.Inf(-1)), 0}, "number 0 is NaN or infinite"},
	} {
		if err := Prepare(&artifact.Encoder{ID: "test", Dimension: 2}, c.v); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.v, err)
		}
	}
}
