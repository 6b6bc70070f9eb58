package scorer

import (
	"maps"
	"testing"
)

// two trees: one asks for the second number and then for the first, one is a leaf.
func trees(classes int, value ...float64) tensors {
	return tensors{
		"roots":     {Numbers: []int32{0, 5}},
		"feature":   {Numbers: []int32{1, -1, 0, -1, -1, -1}},
		"threshold": {Numbers: []float64{0.5, 0, -1, 0, 0, 0}},
		"left":      {Numbers: []int32{1, -1, 3, -1, -1, -1}},
		"right":     {Numbers: []int32{2, -1, 4, -1, -1, -1}},
		"value":     {Numbers: value, Shape: []int{6, classes}},
	}
}

func TestForest(t *testing.T) {
	s := mustNew(t, "forest", 2, 2, params{"classes": 2, "first": 0}, trees(2, 9, 9, 1, 0, 9, 9, 0.25, 0.75, 0, 1, 0.5, 0.5))
	for _, c := range []struct{ vector, want []float64 }{
		{[]float64{7, 0.5}, []float64{0.75, 0.25}}, // as much as the threshold goes left
		{[]float64{-1, 0.75}, []float64{0.375, 0.625}},
		{[]float64{0, 0.75}, []float64{0.25, 0.75}},
	} {
		q := &Query{Vector: []float32{float32(c.vector[0]), float32(c.vector[1])}}
		if got := scored(s, 2, q); !near(got, c.want, 1e-15) {
			t.Errorf("%v: %v, want %v", c.vector, got, c.want)
		}
	}
	s = mustNew(t, "forest", 2, 2, params{"classes": 3, "first": 2, "threshold": 0.5}, trees(3,
		0, 0, 0, 0.125, 0.25, 0.625, 0, 0, 0, 0.25, 0.25, 0.5, 0, 0, 1, 0.25, 0.375, 0.375))
	for _, c := range []struct {
		vector []float32
		first  float64
	}{{[]float32{0, 0}, 0.5}, {[]float32{-2, 1}, 0.5625}, {[]float32{2, 1}, 0.3125}} {
		if got := scored(s, 2, &Query{Vector: c.vector}); !near(got, []float64{c.first, 0.5}, 1e-15) {
			t.Errorf("%v: %v, want %v and the threshold", c.vector, got, c.first)
		}
	}
}

func TestForestRefused(t *testing.T) {
	good := trees(2, make([]float64, 12)...)
	for _, c := range []struct {
		tensor string
		at     int
		number int32
		want   string
	}{
		{"left", 0, 0, "tensor left: number 0 is 0, expected a later node of the 6"},
		{"right", 2, 1, "tensor right: number 2 is 1, expected a later node"}, // back: a walk would not end
		{"right", 2, 6, "tensor right: number 2 is 6, expected a later node"},
		{"left", 2, -1, "tensor left: number 2 is -1, expected a later node"},
		{"roots", 1, 6, "tensor roots: number 1 is 6, expected 0 to 5"},
		{"roots", 0, -1, "tensor roots: number 0 is -1, expected 0 to 5"},
		{"feature", 0, 2, "tensor feature: number 0 is 2, expected -1 to 1"},
		{"feature", 0, -2, "tensor feature: number 0 is -2, expected -1 to 1"},
	} {
		bad := maps.Clone(good)
		changed := append([]int32(nil), good[c.tensor].Numbers.([]int32)...)
		changed[c.at] = c.number
		bad[c.tensor] = tensor{Numbers: changed}
		refused(t, "forest", 2, 2, params{"classes": 2, "first": 0}, bad, c.want)
	}
	refused(t, "forest", 3, 2, params{"classes": 2, "first": 0}, good, "parameters.classes: is 2, expected 3, one for each label")
	refused(t, "forest", 2, 2, params{"classes": 2, "first": 3, "threshold": 0.5}, good, "parameters.first: is 3, expected at most the 2 classes")
	refused(t, "forest", 2, 2, params{"classes": 2, "first": 0, "threshold": 0.5}, good, "parameters.threshold: is none")
	refused(t, "forest", 3, 2, params{"classes": 2, "first": 1, "threshold": 0.5}, good, "labels: are 3, expected 2")
}
