package strategy

import (
	"math"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// The constructors of parameters.

func number(name string, low, high, otherwise float64, about string) routing.Param {
	return routing.Param{Name: name, Type: routing.Number, Low: low, High: high, Default: otherwise, About: about}
}

func whole(name string, low, high, otherwise float64, about string) routing.Param {
	return routing.Param{Name: name, Type: routing.Whole, Low: low, High: high, Default: otherwise, About: about}
}

func text(name, about string, words ...string) routing.Param {
	return routing.Param{Name: name, Type: routing.Text, Words: words, About: about}
}

func rows(name, about string) routing.Param {
	return routing.Param{Name: name, Type: routing.Rows, About: about}
}

func patterns(name, about string) routing.Param {
	return routing.Param{Name: name, Type: routing.Patterns, About: about}
}

// unbounded is the upper bound of a number that has none.
const unbounded = math.MaxInt32

// The ways a strategy ends. Ties are broken by the request's seed, so that equal deployments share the load.

// lowest returns the candidate with the lowest value, and all whose value is within a part of it, one of them by chance.
// What is not a number counts as the highest.
func lowest(r *abi.Request, n int, within float64, value func(i int) float64) int {
	if within == 0 {
		return lowestAmong(r, n, anybody, value)
	}
	best := math.Inf(1)
	for i := range n {
		if v := value(i); v < best {
			best = v
		}
	}
	limit := best
	if !math.IsInf(best, 0) {
		limit += within * math.Abs(best)
	}
	count := 0
	for i := range n {
		if good(value(i), limit) {
			count++
		}
	}
	nth := int(abi.Chance(r.Seed, n) * float64(count))
	for i := range n {
		if good(value(i), limit) {
			if nth == 0 {
				return i
			}
			nth--
		}
	}
	return 0 // none has a value
}

// good tells whether a value is within the limit; where the limit is infinite all are.
func good(v, limit float64) bool { return v <= limit || math.IsInf(limit, 1) }

// highest returns the candidate with the highest value, one of them by chance.
func highest(r *abi.Request, n int, value func(i int) float64) int {
	return lowest(r, n, 0, func(i int) float64 { return -value(i) })
}
