package strategy

import (
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/provider/nearest"
	"github.com/routeiq/routeiq/plugins/routing"
)

// CostAware is "llmrouter-cost-aware" of the replaced system: it weighs what a request costs against how good the answer will
// be. The quality of a candidate is 1; where an inner strategy is named it is 1 for that strategy's pick and 0.5 for the
// others. Then:
//
//  1. Candidates are those that can serve the request.
//  2. Those whose breaker is open are left out. These two steps are routing's, before any strategy is asked.
//  3. A single one is taken.
//  4. The inner strategy is asked.
//  5. What costs more than max_cost_per_1k_tokens is left out. Where that is all, the best of all is taken: the inner
//     strategy's pick, or the cheapest.
//  6. What is worse than quality_threshold is left out. Where that is all, the cheapest of those under the cap is taken.
//  7. What another one beats in cost and is no better than in quality, or the other way round, is left out.
//  8. The costs of the rest are scaled to 0 … 1. The highest (1 − cost_weight) · quality + cost_weight · (1 − cost) wins.
//
// Of several that are alike, one is taken by chance. With an inner strategy a quality_threshold above 0.5 leaves its pick
// alone, as long as the cap does; with one of 0.5 or less its pick stands against the cheapest, and wins where cost_weight is
// below a third.
//
// When to use it: to put a cap on what a strategy that knows quality may spend, or to let it give way to a much cheaper model.
//
// It needs prices. Where it differs: the cost is what this request will cost, with its estimated input and answers as long as
// lately, and what is held against the cap is that for 1,000 of its tokens; the original takes the mean of the two prices for both,
// which is the same where input and output are as long, and favours models that say much for little a token. Where
// it knows no price the original chooses nothing; here an unknown price is the highest, and where all are unknown none is
// cheaper. A price of 0 is one, there it is unknown. The cap holds while anything is below it; there the inner strategy's pick
// may break it. In place of the cheapest and of one by chance the original takes the first of its list. inner_strategy (an
// object), cost_refresh_interval (prices are in the configuration) and enable_circuit_breaker_filtering (always) would do
// nothing here and are no arguments.
type CostAware struct {
	Threshold, Weight float64
	Cap               float64          // US dollars for 1,000 tokens; 0: none
	Inner             routing.Strategy // nil: none
}

const costAware = "llmrouter-cost-aware"

var _ = register(&routing.Kind{
	Name: costAware, Prices: true,
	Params: []routing.Param{
		number("quality_threshold", 0, 1, 0.7, "what is worse is left out: the inner strategy's pick is 1, others are 0.5"),
		number("cost_weight", 0, 1, 0.7, "how much cost counts; quality counts for the rest"),
		text("inner_strategy_name", "a strategy that says what is good, with its default arguments; none: all are"),
		number("max_cost_per_1k_tokens", 0, unbounded, 0, "US dollars that 1,000 tokens may cost; 0: any"),
	},
	Rules: func(a abi.Args) []error {
		if _, err := innerStrategy(a.Text("inner_strategy_name")); err != nil {
			return []error{errors.New("inner_strategy_name: " + err.Error())}
		}
		return nil
	},
	New: func(a abi.Args) routing.Strategy {
		s := CostAware{Threshold: a.Number("quality_threshold"), Weight: a.Number("cost_weight"), Cap: a.Number("max_cost_per_1k_tokens")}
		s.Inner, _ = innerStrategy(a.Text("inner_strategy_name"))
		return s
	},
})

// innerStrategy makes the strategy that says what is good; nil for no name. It is looked up when it is needed, so that the
// order in which strategies register does not matter.
func innerStrategy(name string) (routing.Strategy, error) {
	if name == "" {
		return nil, nil
	}
	k := registry[name]
	switch {
	case name == costAware:
		return nil, errors.New("is " + name + " itself, expected another strategy")
	case k == nil:
		known := slices.Sorted(maps.Keys(registry))
		if near := nearest.Of(name, known); near != "" {
			return nil, errors.New("is " + strconv.Quote(name) + ", which is no strategy, did you mean " + near + "?")
		}
		return nil, errors.New("is " + strconv.Quote(name) + ", which is no strategy")
	}
	s, err := k.Make(nil)
	if err != nil {
		return nil, errors.New("is " + name + ", which does not run with its defaults: " + err.Error())
	}
	if _, ok := s.(routing.Learner); ok {
		return nil, errors.New("is " + name + ", which learns for itself: expected one that does not")
	}
	return s, nil
}

// Within implements routing.Outer.
func (s CostAware) Within() routing.Strategy { return s.Inner }

// Needs implements routing.Informed.
func (CostAware) Needs() abi.SignalSet { return abi.SignalOutput }

// Pick implements routing.Strategy.
func (s CostAware) Pick(r *abi.Request, candidates []abi.Candidate) int {
	n := len(candidates)
	if n == 1 {
		return 0
	}
	best := -1 // the only one of quality 1; none: all are
	if s.Inner != nil {
		best = s.Inner.Pick(r, candidates)
	}
	var room [64]float64 // so that only large groups allocate
	costs := room[:]
	if n > len(room) {
		costs = make([]float64, n)
	}
	for i := range candidates {
		costs[i], _ = expected(r, &candidates[i])
	}
	usd := func(i int) float64 { return costs[i] }
	quality := func(i int) float64 {
		if best < 0 || best == i {
			return 1
		}
		return 0.5
	}
	under := func(i int) bool { return s.Cap == 0 || perThousand(r, &candidates[i]) <= s.Cap }
	enough := func(i int) bool { return under(i) && quality(i) >= s.Threshold }
	switch {
	case best >= 0 && !some(n, under):
		return best
	case !some(n, enough): // nothing is under the cap, or all that is under it is alike, and cheaper than the best one
		return lowest(r, n, 0, usd)
	}

	// As there are two qualities, there are two costs at most on the front: of the best one, and of the cheapest, if they are others
	// than it. Scaled, they are 1 and 0.
	cheapest, kept := math.Inf(1), best >= 0 && enough(best)
	for i := range n {
		if enough(i) {
			cheapest = min(cheapest, costs[i])
		}
	}
	front := func(i int) bool {
		return enough(i) && (i == best || costs[i] == cheapest && !(kept && costs[best] == cheapest))
	}
	return lowestAmong(r, n, front, func(i int) float64 {
		cost := 0.0
		if i == best && costs[i] > cheapest {
			cost = 1
		}
		return -((1-s.Weight)*quality(i) + s.Weight*(1-cost))
	})
}

// some tells whether any of n is in.
func some(n int, in func(i int) bool) bool {
	for i := range n {
		if in(i) {
			return true
		}
	}
	return false
}
