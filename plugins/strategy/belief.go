package strategy

import (
	"math"
	"sync"
)

// belief is what is known of a number X between 0 and 1: of its logarithm, which is negative, the mean without its sign, and the
// variance over the square of the mean. Zero: nothing is known.
type belief struct{ mean, ratio float64 }

// beliefOf returns that of the beta distribution of two counts. With ψ and ψ′ the first derivatives of ln Γ:
//
//	−E ln X = ψ(α+β)−ψ(α)       Var ln X = ψ′(α)−ψ′(α+β)
func beliefOf(alpha, beta float64) belief {
	some, all := polygamma(alpha), polygamma(alpha+beta)
	mean, variance := all[0]-some[0], some[1]-all[1]
	return belief{mean, variance / (mean * mean)}
}

// mostLog and mostRatio are above the mean and the ratio of any counts.
const mostLog, mostRatio = 25, 4

// possible tells whether counts can lead to it.
func (of belief) possible() bool {
	return of.mean > 0 && of.mean <= mostLog && of.ratio > 0 && of.ratio < mostRatio
}

// What a draw cannot exceed is known without making it, and of many candidates most lose by far. The logarithm of a draw at a
// chance u is −mean·G(ratio, u), where the shape G knows nothing of the mean: a table of G that is small bounds every draw. G
// falls as u rises, and within a step of the ratio it is least at one end.
const (
	// ceilingLevels are how far up chances are told apart: the n-th ends at 1−2⁻ⁿ. Nothing is said of those above the last.
	ceilingLevels = 16
	// leastRatio begins the steps of the ratio: below, ln b is maxLogB.
	leastRatio = 1. / (1 << 18)
	// ceilingShift leaves the exponent of a ratio and four bits: 16 steps each time it doubles.
	ceilingShift = 52 - 4
	firstStep    = (1023 - 18) << 4 // leastRatio's
	lastStep     = (1023+2)<<4 - 1  // that ends at mostRatio
	// ceilingSlack is for what steps of Newton's method leave wrong.
	ceilingSlack = 1e-4
)

// shapes are the least values of G by step and level.
type shapes [lastStep - firstStep + 1][ceilingLevels + 1]float64

// ceilings returns the table. It is made once, when it is first asked for.
var ceilings = sync.OnceValue(func() *shapes {
	table := new(shapes)
	at := belief{1, leastRatio}.like()
	for i := range table {
		next := belief{1, math.Float64frombits(uint64(firstStep+i+1) << ceilingShift)}.like()
		for n := 1; n <= ceilingLevels; n++ {
			u := 1 - math.Ldexp(1, -n)
			table[i][n] = (1 - ceilingSlack) * min(-at.logAt(u), -next.logAt(u))
		}
		table[i][0] = table[i][1] // of u = 0 alone
		at = next
	}
	return table
})

// ceiling returns what the logarithm of a possible belief's draw does not exceed at a chance.
func (of belief) ceiling(table *shapes, chance float64) float64 {
	level := 1023 - math.Float64bits(1-chance)>>52
	if level > ceilingLevels {
		return 0
	}
	return -of.mean * table[math.Float64bits(max(of.ratio, leastRatio))>>ceilingShift-firstStep][level]
}
