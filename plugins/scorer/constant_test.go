package scorer

import (
	"slices"
	"testing"
)

func TestConstant(t *testing.T) {
	want := []float64{1012.5, -3, 1012.5}
	s := mustNew(t, "constant", 3, 0, nil, tensors{"scores": {Numbers: want}})
	for _, q := range []*Query{{}, {Vector: []float32{1}, User: "7"}} {
		if got := scored(s, 3, q); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	refused(t, "constant", 3, 4, nil, tensors{"scores": {Numbers: want}}, "encoder: is there, but a constant needs none")
}
