package scorer

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/plugins/artifact"
	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
)

// params, tensor and tensors are what a model of a test has.
type (
	params  = map[string]any
	tensor  = artifacttest.Tensor
	tensors = artifacttest.Tensors
)

func read(t testing.TB, kind string, labels, dimension int, parameters params, numbers tensors) *artifact.Model {
	t.Helper()
	file := numbers.Bytes()
	m, err := artifact.Parse(artifacttest.Manifest(kind, labels, dimension, parameters, file, ""), file)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mustNew(t testing.TB, kind string, labels, dimension int, parameters params, numbers tensors) Scorer {
	t.Helper()
	m := read(t, kind, labels, dimension, parameters, numbers)
	s, err := New(m.Manifest, m.Tensors)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// refused checks that a model is refused, with all of the texts.
func refused(t *testing.T, kind string, labels, dimension int, parameters params, numbers tensors, texts ...string) {
	t.Helper()
	m := read(t, kind, labels, dimension, parameters, numbers)
	_, err := New(m.Manifest, m.Tensors)
	if err == nil {
		t.Errorf("%v %v is not refused", parameters, numbers)
		return
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error is\n%v\nexpected %s", err, text)
		}
	}
}

func scored(s Scorer, labels int, q *Query) []float64 {
	out := make([]float64, labels)
	for i := range out {
		out[i] = math.NaN() // each must be written
	}
	s.Score(q, out)
	return out
}

// numbers are n numbers around 0.
func numbers(r *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

func numbers64(r *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return v
}

// near tells whether scores are alike but for rounding.
func near(got, want []float64, relative float64) bool {
	for i := range want {
		if math.Abs(got[i]-want[i]) > relative*max(1, math.Abs(want[i])) || math.IsNaN(got[i]) {
			return false
		}
	}
	return len(got) == len(want)
}
