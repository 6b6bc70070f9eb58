package scorer

import (
	"math"
	"testing"
)

func TestMLP(t *testing.T) {
	numbers := tensors{
		"weight0": {Numbers: []float32{1, -1, 2, 0.5}, Shape: []int{2, 2}}, "bias0": {Numbers: []float32{0.5, -3}},
		"weight1": {Numbers: []float32{1, 1, 2, -1, 0, 4}, Shape: []int{3, 2}}, "bias1": {Numbers: []float32{0, 0.25, -1}},
	}
	// At (1, 0.5) the hidden numbers are 1 and -0.75 before the activation.
	for activation, f := range map[string]func(float64) float64{
		"relu": func(x float64) float64 { return max(x, 0) }, "identity": func(x float64) float64 { return x },
		"tanh": math.Tanh, "logistic": func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	} {
		a, b := f(1), f(-0.75)
		s := mustNew(t, "mlp", 3, 2, params{"activation": activation}, numbers)
		want := []float64{a + b, 2*a - b + 0.25, 4*b - 1}
		if got := scored(s, 3, &Query{Vector: []float32{1, 0.5}}); !near(got, want, 1e-15) {
			t.Errorf("%s: %v, want %v", activation, got, want)
		}
	}
	one := tensors{"weight0": {Numbers: []float32{1, 2}, Shape: []int{1, 2}}, "bias0": {Numbers: []float32{3}}}
	if got := scored(mustNew(t, "mlp", 1, 2, params{"activation": "relu"}, one), 1, &Query{Vector: []float32{-5, -7}}); got[0] != -16 {
		t.Errorf("one layer: %v, want -16", got) // nothing comes after the last
	}
}

func TestMLPRefused(t *testing.T) {
	relu := params{"activation": "relu"}
	refused(t, "mlp", 2, 2, params{"activation": "gelu"}, nil, `parameters.activation: is "gelu"`, "tensor weight0: is missing, expected F32 [2,2]")
	refused(t, "mlp", 2, 2, relu, tensors{
		"weight0": {Numbers: make([]float32, 6), Shape: []int{3, 2}}, "bias0": {Numbers: make([]float32, 3)},
		"weight1": {Numbers: make([]float32, 4), Shape: []int{2, 2}}, "bias1": {Numbers: make([]float32, 2)},
	}, "tensor weight1: is F32 [2,2], expected F32 [2,3]")
	refused(t, "mlp", 2, 2, relu, tensors{
		"weight0": {Numbers: make([]float32, 4), Shape: []int{2, 2}}, "bias0": {Numbers: make([]float32, 2)},
		"weight2": {Numbers: make([]float32, 4), Shape: []int{2, 2}}, "bias2": {Numbers: make([]float32, 2)},
	}, "tensor weight2: is none that a mlp has", "tensor bias2: is none")
}
