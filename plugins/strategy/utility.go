package strategy

import (
	"math"
	"slices"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// Utility is "llmrouter-utility": a model says how good the answer of each label will be, and the best after costs is taken: the
// highest quality − cost_weight · cost, where the cost is what this request will cost, as a part of the highest among the candidates.
// What is below quality_floor is left out, unless all are.
//
// When to use it: training data with the quality of every model for every query. One artifact gives the whole curve between cheap and
// good, and where on it a request lies can be said by the request itself (metadata.routing_cost_weight, routing_quality_floor) within
// bounds. In the data of LLMRouter a ridge regression on n-grams that weighs price so came within the noise of the best single model
// at half its price, while every router there that learns which model was best was worse than it (docs/artifacts.md).
//
// It needs prices: an artifact's are taken for deployments that state none. An unknown one is the highest. The artifact must say that
// its scores are qualities.
type Utility struct {
	byModel
	weight, floor knob
}

// knob is a number that a request may turn, within bounds.
type knob struct{ value, low, high float64 }

func knobOf(a abi.Args, name string) knob {
	k := knob{a.Number(name), a.Number("min_" + name), a.Number("max_" + name)}
	if k.low < 0 {
		k.low = k.value
	}
	if k.high < 0 {
		k.high = k.value
	}
	return k
}

func (k knob) at(asked *float64) float64 {
	if asked == nil || math.IsNaN(*asked) {
		return k.value
	}
	return min(max(*asked, k.low), max(k.high, k.low))
}

var _ = registerQuality("llmrouter-utility", []routing.Param{
	number("cost_weight", 0, 1, 0, "how much cost counts: by as much quality the dearest candidate must be better than one that costs nothing"),
	number("min_cost_weight", -1, 1, -1, "the least that a request may ask for; below 0: cost_weight"),
	number("max_cost_weight", -1, 1, -1, "the most; below 0: cost_weight"),
	number("quality_floor", 0, 1, 0, "what is expected to be worse is left out"),
	number("min_quality_floor", -1, 1, -1, "the least that a request may ask for; below 0: quality_floor"),
	number("max_quality_floor", -1, 1, -1, "the most; below 0: quality_floor"),
}, func(m byModel, a abi.Args) routing.Strategy {
	return Utility{m, knobOf(a, "cost_weight"), knobOf(a, "quality_floor")}
}, "linear", "mlp", "kmeans", "forest")

// Needs implements routing.Informed.
func (Utility) Needs() abi.SignalSet { return abi.SignalOutput }

// Pick implements routing.Strategy.
func (s Utility) Pick(r *abi.Request, candidates []abi.Candidate) int {
	weight, floor := s.weight.at(r.CostWeight), s.floor.at(r.QualityFloor)
	dearest := 0.0
	known := func(i int) bool { return candidates[i].Signals != nil && candidates[i].Signals.Place > 0 }
	good := func(i int) bool { return candidates[i].Signals.Score >= floor }
	enough := false
	for i := range candidates {
		if known(i) {
			enough = enough || good(i)
			if usd, _ := expected(r, &candidates[i]); !math.IsInf(usd, 1) {
				dearest = max(dearest, usd)
			}
		}
	}
	value := func(i int) float64 {
		if enough && !good(i) {
			return math.Inf(-1)
		}
		usd, _ := expected(r, &candidates[i])
		switch {
		case math.IsInf(usd, 1): // nobody knows it
			usd = 1
		case dearest > 0:
			usd /= dearest
		}
		return candidates[i].Signals.Score - weight*usd
	}
	// Replicas with one label may cost different things: the choice is among deployments, not labels.
	best := math.Inf(-1)
	for i := range candidates {
		if known(i) {
			best = max(best, value(i))
		}
	}
	if math.IsInf(best, -1) {
		return s.unjudged(r, candidates)
	}
	place := math.MaxInt
	for i := range candidates {
		if known(i) && value(i) == best {
			place = min(place, candidates[i].Signals.Place)
		}
	}
	return shuffleAmong(r, candidates, func(i int) bool { return known(i) && value(i) == best && candidates[i].Signals.Place == place })
}

// registerQuality adds a strategy that goes by artifacts whose scores are qualities, and by prices.
func registerQuality(name string, own []routing.Param, make func(byModel, abi.Args) routing.Strategy, kinds ...string) struct{} {
	done := registerModel(name, own, make, kinds...)
	k := registry[name]
	k.Quality, k.Prices = true, true
	k.Example = slices.Clone(k.Example)
	return done
}
