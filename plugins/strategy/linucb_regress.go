package strategy

import "math"

// regress returns xᵀA⁻¹b and √(xᵀA⁻¹x), where A = I + keep·Σxxᵀ and b = keep·Σworth·x. With A = LDLᵀ, and u and v that solve
// Lu = x and Lv = b, they are Σuv/d and √Σu²/d. Sums that are none of LinUCB's have no such factors: they promise nothing.
//
// It is Gauss's elimination, row by row of the upper triangle. It is written out: a decision among a thousand solves a thousand
// of these, and as loops they take Envoy's V8 half as long again.
func regress(s *[linucbSums]float64, keep float64, x *[features]float64) [2]float64 {
	a00, a01, a02, a03, a04, a05 := 1+keep*s[0], keep*s[1], keep*s[2], keep*s[3], keep*s[4], keep*s[5]
	a11, a12, a13, a14, a15 := 1+keep*s[6], keep*s[7], keep*s[8], keep*s[9], keep*s[10]
	a22, a23, a24, a25 := 1+keep*s[11], keep*s[12], keep*s[13], keep*s[14]
	a33, a34, a35 := 1+keep*s[15], keep*s[16], keep*s[17]
	a44, a45, a55 := 1+keep*s[18], keep*s[19], 1+keep*s[20]
	u0, u1, u2, u3, u4, u5 := x[0], x[1], x[2], x[3], x[4], x[5]
	v0, v1, v2, v3, v4, v5 := keep*s[21], keep*s[22], keep*s[23], keep*s[24], keep*s[25], keep*s[26]

	d0 := 1 / a00
	l1, l2, l3, l4, l5 := a01*d0, a02*d0, a03*d0, a04*d0, a05*d0
	a11, a12, a13, a14, a15, u1, v1 = a11-l1*a01, a12-l1*a02, a13-l1*a03, a14-l1*a04, a15-l1*a05, u1-l1*u0, v1-l1*v0
	a22, a23, a24, a25, u2, v2 = a22-l2*a02, a23-l2*a03, a24-l2*a04, a25-l2*a05, u2-l2*u0, v2-l2*v0
	a33, a34, a35, u3, v3 = a33-l3*a03, a34-l3*a04, a35-l3*a05, u3-l3*u0, v3-l3*v0
	a44, a45, u4, v4 = a44-l4*a04, a45-l4*a05, u4-l4*u0, v4-l4*v0
	a55, u5, v5 = a55-l5*a05, u5-l5*u0, v5-l5*v0

	d1 := 1 / a11
	l2, l3, l4, l5 = a12*d1, a13*d1, a14*d1, a15*d1
	a22, a23, a24, a25, u2, v2 = a22-l2*a12, a23-l2*a13, a24-l2*a14, a25-l2*a15, u2-l2*u1, v2-l2*v1
	a33, a34, a35, u3, v3 = a33-l3*a13, a34-l3*a14, a35-l3*a15, u3-l3*u1, v3-l3*v1
	a44, a45, u4, v4 = a44-l4*a14, a45-l4*a15, u4-l4*u1, v4-l4*v1
	a55, u5, v5 = a55-l5*a15, u5-l5*u1, v5-l5*v1

	d2 := 1 / a22
	l3, l4, l5 = a23*d2, a24*d2, a25*d2
	a33, a34, a35, u3, v3 = a33-l3*a23, a34-l3*a24, a35-l3*a25, u3-l3*u2, v3-l3*v2
	a44, a45, u4, v4 = a44-l4*a24, a45-l4*a25, u4-l4*u2, v4-l4*v2
	a55, u5, v5 = a55-l5*a25, u5-l5*u2, v5-l5*v2

	d3 := 1 / a33
	l4, l5 = a34*d3, a35*d3
	a44, a45, u4, v4 = a44-l4*a34, a45-l4*a35, u4-l4*u3, v4-l4*v3
	a55, u5, v5 = a55-l5*a35, u5-l5*u3, v5-l5*v3

	d4 := 1 / a44
	l5 = a45 * d4
	a55, u5, v5 = a55-l5*a45, u5-l5*u4, v5-l5*v4

	d5 := 1 / a55
	if !(min(d0, d1, d2, d3, d4, d5) > 0) {
		return [2]float64{}
	}
	mean := u0*v0*d0 + u1*v1*d1 + u2*v2*d2 + u3*v3*d3 + u4*v4*d4 + u5*v5*d5
	square := u0*u0*d0 + u1*u1*d1 + u2*u2*d2 + u3*u3*d3 + u4*u4*d4 + u5*u5*d5
	return [2]float64{mean, math.Sqrt(square)}
}
