package scorer

import (
	"testing"
)

func TestLinear(t *testing.T) {
	weights := tensors{
		"weight": {Numbers: []float32{1, 2, 0, -1, 0, 0.5}, Shape: []int{2, 3}},
		"bias":   {Numbers: []float32{0.25, -1}},
	}
	for _, c := range []struct {
		input  string
		vector []float32
		want   []float64
	}{
		{"as_is", []float32{1, 2, 4}, []float64{5.25, 0}},
		{"clip", []float32{-3, 0.5, 7}, []float64{1.25, -0.5}},
		{"unit", []float32{0, 3, 4}, []float64{1.45, -0.6}},
		{"unit", []float32{0, 0, 0}, []float64{0.25, -1}},
	} {
		s := mustNew(t, "linear", 2, 3, params{"input": c.input}, weights)
		if got := scored(s, 2, &Query{Vector: c.vector}); !near(got, c.want, 1e-15) {
			t.Errorf("%s %v: %v, want %v", c.input, c.vector, got, c.want)
		}
	}
}

func TestLinearRefused(t *testing.T) {
	numbers := tensors{
		"weight": {Numbers: make([]float32, 4), Shape: []int{2, 2}},
		"bias":   {Numbers: []float64{1, 2}},
	}
	refused(t, "linear", 2, 3, params{"input": "raw"}, numbers,
		`parameters.input: is "raw", expected one of as_is, clip, unit`,
		`tensor weight: is F32 [2,2], expected F32 [2,3]`,
		`tensor bias: is F64 [2], expected F32 [2]`,
	)
	numbers["bias"] = tensor{Numbers: []float32{1, 2}}
	numbers["table"] = tensor{Numbers: []float32{1}}
	refused(t, "linear", 2, 2, params{"input": "as_is", "k": 3}, numbers,
		`parameters.k: is none that a linear has`, `tensor table: is none that a linear has`)
	refused(t, "linear", 1, 0, nil, nil, "encoder: is missing, a linear needs one")
}
