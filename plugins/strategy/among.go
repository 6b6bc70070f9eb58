package strategy

import (
	"math"

	"github.com/routeiq/routeiq/abi"
)

// The ways a strategy ends that chooses among some of the candidates. What tells which, and the values, are functions, so that
// no list is made for a request.

// lowestAmong returns the one with the lowest value of those that are in, of several one by the request's seed. What is not a
// number counts as the highest. At least one must be in.
func lowestAmong(r *abi.Request, n int, in func(i int) bool, value func(i int) float64) int {
	best, count := math.Inf(1), 0
	for i := range n {
		if !in(i) {
			continue
		}
		switch v := orHighest(value(i)); {
		case v < best:
			best, count = v, 1
		case v == best:
			count++
		}
	}
	nth := int(abi.Chance(r.Seed, n) * float64(count))
	for i := range n {
		if in(i) && orHighest(value(i)) == best {
			if nth == 0 {
				return i
			}
			nth--
		}
	}
	return 0
}

// orHighest returns a value, in place of what is not a number the highest.
func orHighest(v float64) float64 {
	if math.IsNaN(v) {
		return math.Inf(1)
	}
	return v
}

// shuffleAmong is SimpleShuffle over those that are in; over all where none is.
func shuffleAmong(r *abi.Request, candidates []abi.Candidate, in func(i int) bool) int {
	total, count := 0.0, 0
	for i := range candidates {
		if in(i) {
			total += candidates[i].Share
			count++
		}
	}
	if count == 0 {
		return SimpleShuffle{}.Pick(r, candidates)
	}
	chance, last := abi.Chance(r.Seed, count), 0
	point := chance * total
	nth := int(chance * float64(count))
	for i := range candidates {
		share := candidates[i].Share
		switch {
		case !in(i):
		case total == 0:
			if nth == 0 {
				return i
			}
			nth--
		case share > 0:
			if last = i; point < share {
				return i
			}
			point -= share
		}
	}
	return last // rounding left the point a hair above the sum
}
