package strategy

import (
	"math"
	"testing"
)

// below returns the chance that a number of the distribution is at most x.
func (k kumaraswamy) below(x float64) float64 {
	return -math.Expm1(k.b * math.Log1p(-math.Pow(x, k.a)))
}

// betaBelow returns the same of a beta distribution: the continued fraction of Abramowitz and Stegun 26.5.8, by Lentz's method.
func betaBelow(a, b, x float64) float64 {
	if x <= 0 || x >= 1 {
		return min(max(x, 0), 1)
	}
	if x > (a+1)/(a+b+2) {
		return 1 - betaBelow(b, a, 1-x)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab-la-lb+a*math.Log(x)+b*math.Log1p(-x)) / a
	f, c, d := 1.0, 1.0, 0.0
	for i := range 100_000 {
		m := float64(i / 2)
		n := 1.0
		switch {
		case i == 0:
		case i%2 == 0:
			n = m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		default:
			n = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		}
		d = 1 / (1 + n*d)
		c = 1 + n/c
		f *= c * d
		if math.Abs(c*d-1) < 1e-13 {
			break
		}
	}
	return front * (f - 1)
}

// TestLikeBeta: ln X has the beta distribution's mean and variance, found by adding up quantiles; where one of the counts is 1 the
// two are the same, as exactly as two steps of Newton's method are; elsewhere they are near.
func TestLikeBeta(t *testing.T) {
	some := []float64{0.5, 1, 2, 2.5, 5, 12, 40, 100, 500, 5000}
	for _, alpha := range some {
		for _, beta := range some {
			k := beliefOf(alpha, beta).like()
			const n = 20_000
			far, log, square, mean := 0.0, 0.0, 0.0, 0.0
			for i := range n {
				v := k.logAt((float64(i) + 0.5) / n)
				log, square, mean = log+v/n, square+v*v/n, mean+math.Exp(v)/n
				x := (float64(i) + 0.5) / n
				far = max(far, math.Abs(k.below(x)-betaBelow(alpha, beta, x)))
			}
			some, all := polygamma(alpha), polygamma(alpha+beta)
			if want := some[0] - all[0]; math.Abs(log/want-1) > 2e-3 {
				t.Errorf("%g %g: ln X is %g, want %g", alpha, beta, log, want)
			}
			if want := some[1] - all[1]; math.Abs((square-log*log)/want-1) > 1e-2 {
				t.Errorf("%g %g: ln X varies by %g, want %g", alpha, beta, square-log*log, want)
			}
			if want := alpha / (alpha + beta); math.Abs(mean-want) > 0.01 {
				t.Errorf("%g %g: the mean is %g, want %g", alpha, beta, mean, want)
			}
			limit := 0.07
			if alpha == 1 || beta == 1 {
				limit = 1e-5
			}
			if far > limit {
				t.Errorf("%g %g: differs by %g", alpha, beta, far)
			}
		}
	}
}

// TestCountsAreNoParameters is why the counts are not taken for the parameters.
func TestCountsAreNoParameters(t *testing.T) {
	mean := 0.0
	for i := range 10_000 {
		mean += math.Exp(kumaraswamy{80, 20}.logAt((float64(i)+0.5)/10_000)) / 10_000
	}
	if math.Abs(mean-0.957) > 1e-3 {
		t.Errorf("the mean is %g", mean)
	}
}

// TestLikeBetaOfAnything: whatever is counted, parameters are found, and the highest count has the highest draws.
func TestLikeBetaOfAnything(t *testing.T) {
	for alpha := leastCount; alpha < mostCount; alpha *= 3 {
		before := math.Inf(1)
		for beta := leastCount; beta < mostCount; beta *= 3 {
			k := beliefOf(alpha, beta).like()
			if !(k.a > 0 && k.b > 0 && k.a < 1e10 && !math.IsInf(k.b, 0)) {
				t.Fatalf("%g %g: %+v", alpha, beta, k)
			}
			v := k.logAt(0.5)
			if !(v < before) {
				t.Fatalf("%g %g: the median's logarithm is %g, after %g", alpha, beta, v, before)
			}
			before = v
		}
	}
	if v := beliefOf(3, 3).like().logAt(0); !math.IsInf(v, -1) {
		t.Errorf("at no chance: %g", v)
	}
}

func TestPolygamma(t *testing.T) {
	for _, c := range []struct {
		x    float64
		want [3]float64
	}{
		{1, [3]float64{-euler, zeta2, -2.404113806319188}},
		{0.5, [3]float64{-euler - 2*math.Ln2, 3 * zeta2, -16.828796644234320}},
		{10, [3]float64{2.251752589066721, 0.105166335681686, -0.011049834970802}},
		{1e9, [3]float64{20.723265836446411, 1.0000000005e-9, -1.000000001e-18}},
	} {
		for i, got := range polygamma(c.x) {
			if math.Abs(got/c.want[i]-1) > 1e-10 {
				t.Errorf("%d of %g: got %.15g, want %.15g", i, c.x, got, c.want[i])
			}
		}
	}
}
