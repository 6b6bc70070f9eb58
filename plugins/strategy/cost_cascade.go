package strategy

import (
	"math"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// CostCascade is "llmrouter-cost-cascade" of the replaced system: the deployments are a ladder, from the cheapest up, and the
// caller climbs it. A request that says nothing of a rung goes to the first. One that says it (metadata.cascade_rung, from 1)
// goes to that rung; if it also says how sure it was of that rung's answer (metadata.cascade_confidence) and that is less than
// confidence_threshold, it goes to the next. What is above the last rung is the last. Deployments whose price nobody knows are
// the last rung of all.
//
// When to use it: a caller that can judge an answer (a test that passes, a schema that fits) and asks again when it was not good.
//
// It needs prices. Where it differs: deployments that cost the same are one rung, of which one is taken by chance: in the
// original each is a rung of its own, so that a replica of the model that just failed is the next step up. What a request
// costs is reckoned with an answer of 500 tokens at every deployment, not with what was learned of its answers or its cache:
// rung 2 must be next time what it was the last time. The ladder is of the candidates: while a deployment is out, those above
// it move down.
type CostCascade struct {
	Threshold float64
	Rungs     int
}

var _ = register(&routing.Kind{
	Name: "llmrouter-cost-cascade", Prices: true,
	Params: []routing.Param{
		number("confidence_threshold", 0, 1, 0.7, "a caller less sure than this of a rung's answer is sent to the next rung"),
		whole("max_rungs", 1, 100, 4, "how many of the cheapest rungs there are"),
	},
	New: func(a abi.Args) routing.Strategy {
		return CostCascade{a.Number("confidence_threshold"), int(a.Number("max_rungs"))}
	},
})

// Pick implements routing.Strategy.
func (s CostCascade) Pick(r *abi.Request, candidates []abi.Candidate) int {
	usd := func(i int) float64 {
		if p := candidates[i].Price; p != nil {
			return p.Of(abi.Usage{Input: r.InputTokens, Output: outputGuess})
		}
		return math.Inf(1)
	}
	// The cost of each rung is the lowest above that of the rung before it.
	at := math.Inf(-1)
	for range min(s.rung(r), s.Rungs) {
		next, more := math.Inf(1), false
		for i := range candidates {
			if c := usd(i); c > at && c <= next {
				next, more = c, true
			}
		}
		if !more {
			break
		}
		at = next
	}
	return lowestAmong(r, len(candidates), func(i int) bool { return usd(i) == at }, usd)
}

// rung returns where a request is sent, from 1.
func (s CostCascade) rung(r *abi.Request) int {
	switch {
	case r.Rung <= 0:
		return 1
	case r.Confidence > 0 && r.Confidence < s.Threshold:
		return min(r.Rung, s.Rungs) + 1 // bounded first: the sum may not overflow
	}
	return r.Rung
}
