package scorer

import (
	"math"
	"testing"
)

func TestThreshold(t *testing.T) {
	numbers := tensors{"weight": {Numbers: []float32{1, 2}, Shape: []int{1, 2}}, "bias": {Numbers: []float32{-1}}}
	for _, c := range []struct {
		output    string
		threshold float64
		vector    []float32
		score     float64
		best      int
	}{
		{"identity", 2, []float32{1, 1}, 2, 0}, // as much as the threshold is enough
		{"identity", 2, []float32{1, 0.5}, 1, 1},
		{"clip", 1, []float32{9, 9}, 1, 0},
		{"clip", 0, []float32{-9, -9}, 0, 0},
		{"clip", 0.5, []float32{1, 0.125}, 0.25, 1},
		{"logistic", 0.5, []float32{1, 0}, 0.5, 0},
		{"logistic", 0.116, []float32{-1, 0}, 1 / (1 + math.E*math.E), 0},
	} {
		s := mustNew(t, "threshold", 2, 2, params{"output": c.output, "threshold": c.threshold}, numbers)
		got := scored(s, 2, &Query{Vector: c.vector})
		if best, _ := Best(got); !near(got, []float64{c.score, c.threshold}, 1e-15) || best != c.best {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestThresholdRefused(t *testing.T) {
	numbers := tensors{"weight": {Numbers: make([]float32, 4), Shape: []int{2, 2}}, "bias": {Numbers: make([]float32, 2)}}
	refused(t, "threshold", 3, 2, params{"output": "tanh", "threshold": "high"}, numbers, "labels: are 3, expected 2",
		`parameters.output: is "tanh", expected one of identity, clip, logistic`, `parameters.threshold: is "high", expected a number`,
		"tensor weight: is F32 [2,2], expected F32 [1,2]")
}
