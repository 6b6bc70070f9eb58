package strategy

import (
	"math"

	"github.com/routeiq/routeiq/abi"
)

// The ways a strategy ends that chooses among some of the candidates. What tells which, and the values, are functions, so that
// no list is made for a request.

// lowestAmong returns the one with the lowest value of those that are in, of several one by the request's seed. What is not a
// number counts as the highest. At least one must be in. Each value is asked for once: of the equal ones seen so far the k-th takes
// the place of the one that was chosen with a chance of 1/k, so that all have the same.
func lowestAmong(r *abi.Request, n int, in func(i int) bool, value func(i int) float64) int {
	best, count, chosen := math.Inf(1), 0, 0
	for i := range n {
		if !in(i) {
			continue
		}
		switch v := orHighest(value(i)); {
		case v < best:
			best, count, chosen = v, 1, i
		case v == best:
			if count++; count == 1 || abi.Chance(r.Seed, n<<10+count)*float64(count) < 1 {
				chosen = i
			}
		}
	}
	return chosen
}

// anybody is in.
func anybody(int) bool { return true }

// orHighest returns a value, in place of what is not a number the highest.
func orHighest(v float64) float64 {
	if math.IsNaN(v) {
		return math.Inf(1)
	}
	return v
}

// shuffleAmong is SimpleShuffle over those that are in; over all where none is. SimpleShuffle has a loop of its own all the same:
// as the default it is asked for most requests, and to ask of each candidate whether it is in takes it three times as long at 1,000.
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
