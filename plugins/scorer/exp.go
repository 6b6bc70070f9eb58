package scorer

import "math"

// exp is e to the power of x, the same bits on every engine: math.Exp is written anew for some processors. Its error is below one
// unit in the last place. From the argument's whole multiples of ln 2 what is left is at most ln 2 / 2, for which a rational function
// serves (FreeBSD's msun, e_exp.c).
func exp(x float64) float64 {
	const (
		ln2High = 6.93147180369123816490e-01
		ln2Low  = 1.90821492927058770002e-10
		p1      = 1.66666666666666657415e-01
		p2      = -2.77777777770155933842e-03
		p3      = 6.61375632143793436117e-05
		p4      = -1.65339022054652515390e-06
		p5      = 4.13813679705723846039e-08
	)
	switch {
	case x != x || x > 709.782712893384:
		return x * math.Inf(1)
	case x < -745.1332191019412:
		return 0
	}
	k := math.Floor(float64(x*math.Log2E) + 0.5)
	high, low := x-float64(k*ln2High), float64(k*ln2Low)
	r := high - low
	t := r * r
	c := r - float64(t*(p1+float64(t*(p2+float64(t*(p3+float64(t*(p4+float64(t*p5)))))))))
	y := 1 - ((low - float64(r*c)/(2-c)) - high)
	// 2 to the power of k, in two steps: a result may be smaller than the smallest power that has all its digits.
	half := int(k) / 2
	return y * power2(half) * power2(int(k)-half)
}

// power2 is 2 to the power of n, from -1022 to 1023.
func power2(n int) float64 { return math.Float64frombits(uint64(n+1023) << 52) }

// logistic is 1 / (1 + e^-x).
func logistic(x float64) float64 { return 1 / (1 + exp(-x)) }

// tanh is the hyperbolic tangent.
func tanh(x float64) float64 {
	a := math.Abs(x)
	if a < 0x1p-12 {
		return x - float64(x*x*x)/3 // the next term is below the last place
	}
	e := exp(2 * a)
	return math.Copysign(1-2/(e+1), x)
}
