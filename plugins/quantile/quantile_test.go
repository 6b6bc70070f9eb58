package quantile

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestSketch: quantiles of known distributions are right to two bins, and follow when the stream changes.
func TestSketch(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	s := New(0, 1)
	for range 50_000 {
		s.Add(chance.Float64() * chance.Float64())
	}
	for _, part := range []float64{0.1, 0.5, 0.9} {
		q := s.Quantile(part)
		if got := q - q*math.Log(q); math.Abs(got-part) > 0.03 { // of a product of two even numbers
			t.Errorf("below the quantile of %v lie %.3f", part, got)
		}
	}
	for range 40_000 {
		s.Add(0.75)
	}
	if q := s.Quantile(0.5); math.Abs(q-0.75) > 0.002 {
		t.Errorf("half is below %v after the stream has changed", q)
	}
	if s.Count() > 2*window {
		t.Errorf("%v are counted", s.Count())
	}
	s = New(0, 1)
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 5, -5} {
		s.Add(v)
	}
	if s.Count() != 4 || s.Quantile(0) != 0 || s.Quantile(1) != 1 {
		t.Errorf("%v numbers, from %v to %v", s.Count(), s.Quantile(0), s.Quantile(1))
	}
}
