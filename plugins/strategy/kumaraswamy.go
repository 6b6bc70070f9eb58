package strategy

import "math"

// kumaraswamy is the distribution on [0, 1] with P(X ≤ x) = 1 − (1−xᵃ)ᵇ (Kumaraswamy 1980; Jones 2009). It looks like a beta
// distribution, and unlike that one number drawn evenly makes a number of it: the inverse has a closed form.
type kumaraswamy struct{ a, b float64 }

const (
	euler = 0.57721566490153286 // Euler's constant
	zeta2 = math.Pi * math.Pi / 6
	// maxLogB bounds ln b. Where it would be higher, the deviation of ln X would be less than 0.2 % of its mean; then it is 0.2 %.
	maxLogB = 600
	// newtonSteps leave less than 0.002 % of the variance wrong.
	newtonSteps = 2
)

// like returns the distribution whose logarithm has the mean and variance that are believed: of the beta distribution of two counts it
// is the most like. To take the counts themselves for a and b is a mistake easily made: the mean of (80, 20) is 0.96, and goes
// to 1 as counts grow.
//
// Xᵃ of a Kumaraswamy is the least of b evenly drawn numbers, so with ψ and ψ′ the first derivatives of ln Γ:
//
//	−E ln X = (ψ(b+1)+γ) / a       Var ln X = (ζ(2)−ψ′(b+1)) / a²
//
// The variance over the square of the mean is free of a. Newton's method finds b from it, over the logarithms of both.
func (of belief) like() kumaraswamy {
	logB := math.Sqrt(zeta2/of.ratio) - euler // for a large b
	if of.ratio > 0.5 {
		logB = -math.Log(of.ratio) // for a small one; exact at 1
	}
	for range newtonSteps {
		logB = min(logB, maxLogB)
		h, v, slope := leastOf(math.Exp(logB))
		logB -= (math.Log(v/(h*h)) - math.Log(of.ratio)) / slope
	}
	b := math.Exp(min(logB, maxLogB))
	h, _, _ := leastOf(b)
	return kumaraswamy{h / of.mean, b}
}

// leastOf returns −E and Var of the logarithm of the least of b evenly drawn numbers, and how fast the logarithm of
// Var/E² changes with ln b.
func leastOf(b float64) (mean, variance, slope float64) {
	p := polygamma(b + 1)
	mean, variance = p[0]+euler, zeta2-p[1]
	return mean, variance, b * (-p[2]/variance - 2*p[1]/mean)
}

// logAt returns the logarithm of the number below which X lies with chance u: ln (1 − (1−u)^(1/b))^(1/a).
func (k kumaraswamy) logAt(u float64) float64 {
	return math.Log(-math.Expm1(math.Log1p(-u)/k.b)) / k.a
}

// polygamma returns ψ, ψ′ and ψ″ of x > 0: by their recurrences up to 8, there by the series of Abramowitz and Stegun, 6.3.18 and
// 6.4.12 to 6.4.13, whose error is below 1e-11.
func polygamma(x float64) [3]float64 {
	var p [3]float64
	for x < 8 {
		i := 1 / x
		p[0] -= i
		p[1] += i * i
		p[2] -= 2 * i * i * i
		x++
	}
	i := 1 / x
	s := i * i
	p[0] += math.Log(x) - i/2 - s*(1./12-s*(1./120-s*(1./252-s*(1./240-s/132))))
	p[1] += i + s/2 + i*s*(1./6-s*(1./30-s*(1./42-s*(1./30-s*5/66))))
	p[2] -= s + i*s + s*s*(1./2-s*(1./6-s*(1./6-s*(3./10-s*5/6))))
	return p
}
