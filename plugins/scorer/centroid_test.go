package scorer

import (
	"strings"
	"testing"
)

func TestCentroid(t *testing.T) {
	model := sampleModel{"centroid", "centroid", 2, 2, params{"margin": 0.25}, tensors{"centers": {Numbers: []float32{1, 0, 0, 1}, Shape: []int{2, 2}}}}
	s := model.make(t)
	for _, c := range []struct{ vector, want []float64 }{
		{[]float64{3, 4}, []float64{0, 1}}, // too near to tell
		{[]float64{4, 3}, []float64{0, 1}},
		{[]float64{8, 6.5}, []float64{0, 1}},
		{[]float64{12, 5}, []float64{12. / 13, 5. / 13}},
		{[]float64{-5, 12}, []float64{-5. / 13, 12. / 13}},
		{[]float64{0, 0}, []float64{0, 1}},
	} {
		q := &Query{Vector: []float32{float32(c.vector[0]), float32(c.vector[1])}}
		if got := scored(s, 2, q); !near(got, c.want, 1e-7) {
			t.Errorf("%v: %v, want %v", c.vector, got, c.want)
		}
	}
}

func TestCentroidRefused(t *testing.T) {
	model := sampleModel{"centroid", "centroid", 2, 2, params{"margin": 0.25}, tensors{"centers": {Numbers: []float32{1, 0, 0, 1.01}, Shape: []int{2, 2}}}}
	m := model.read(t)
	if _, err := New(m.Manifest, m.Tensors); err == nil || !strings.Contains(err.Error(), "tensor centers: row 1 has length 1.01, expected 1") {
		t.Error(err)
	}
	refused(t, "centroid", 2, 2, params{"margin": 0.25}, model.numbers, "labels: expected simple and complex")
}
