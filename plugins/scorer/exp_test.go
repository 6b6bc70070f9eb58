package scorer

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestExp: the standard library's is right to one unit in the last place, too.
func TestExp(t *testing.T) {
	apart := func(a, b float64) float64 {
		return math.Abs(a-b) / math.Max(math.Nextafter(b, math.Inf(1))-b, math.SmallestNonzeroFloat64)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 300_000 {
		x := r.NormFloat64() * math.Pow(10, float64(i%6-3))
		if x > 709 {
			continue
		}
		if got, want := exp(x), math.Exp(x); apart(got, want) > 2 {
			t.Errorf("exp(%g) is %g, want %g", x, got, want)
		}
		if got, want := tanh(x), math.Tanh(x); math.Abs(got-want) > 1e-15*max(1, math.Abs(want)) && apart(got, want) > 4 {
			t.Errorf("tanh(%g) is %g, want %g", x, got, want)
		}
		if got, want := logistic(x), 1/(1+math.Exp(-x)); math.Abs(got-want) > 1e-15*want {
			t.Errorf("logistic(%g) is %g, want %g", x, got, want)
		}
	}
	inf := math.Inf(1)
	for x, want := range map[float64]float64{0: 1, inf: inf, -inf: 0, 710: inf, -746: 0, 709.7: 1.6549840276802644e308, -744: math.Exp(-744), 1e-300: 1} {
		if got := exp(x); got != want {
			t.Errorf("exp(%g) is %g, want %g", x, got, want)
		}
	}
	if !math.IsNaN(exp(math.NaN())) || tanh(inf) != 1 || tanh(-inf) != -1 || logistic(-inf) != 0 || logistic(inf) != 1 {
		t.Error(exp(math.NaN()), tanh(inf), tanh(-inf), logistic(-inf), logistic(inf))
	}
}

// TestExpBits: these are what every engine must give.
func TestExpBits(t *testing.T) {
	for x, want := range map[float64]uint64{1: 0x4005bf0a8b145769, -0.3: 0x3fe7b4c869c37c05, -37.5: 0x3c8dd5c566301ec8} {
		if got := math.Float64bits(exp(x)); got != want {
			t.Errorf("exp(%g) is %#x, want %#x", x, got, want)
		}
	}
}
