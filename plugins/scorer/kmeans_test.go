package scorer

import "testing"

func TestKMeans(t *testing.T) {
	numbers := tensors{
		"centers": {Numbers: []float32{1, 0, 0, 1, -1, 0, 0, 1}, Shape: []int{4, 2}},
		"scores":  {Numbers: []float32{0.5, 0.25, 1, 0, 0, 0.75, 0, 1}, Shape: []int{4, 2}},
	}
	for _, c := range []struct {
		nearest int
		input   string
		vector  []float32
		want    []float64
	}{
		{1, "as_is", []float32{3, 1}, []float64{0.5, 0.25}},
		{1, "as_is", []float32{0, 2}, []float64{1, 0}}, // of two that are as far the first
		{2, "as_is", []float32{0, 2}, []float64{0.5, 0.5}},
		{2, "unit", []float32{0.003, 0.002}, []float64{0.75, 0.125}},
		{4, "as_is", []float32{5, 5}, []float64{0.375, 0.5}},
		{1, "unit", []float32{0, 0}, []float64{0.5, 0.25}},
	} {
		s := mustNew(t, "kmeans", 2, 2, params{"nearest": c.nearest, "input": c.input}, numbers)
		if got := scored(s, 2, &Query{Vector: c.vector}); !near(got, c.want, 1e-15) {
			t.Errorf("%+v: %v", c, got)
		}
	}
	refused(t, "kmeans", 2, 2, params{"nearest": 5, "input": "as_is"}, numbers, "parameters.nearest: is 5, expected a whole number from 1 to 4")
	refused(t, "kmeans", 2, 2, params{"nearest": 1, "input": "clip"}, numbers, `parameters.input: is "clip", expected one of as_is, unit`)
}
