package strategy

import (
	"math"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// BySize is "llmrouter-smallest" and "llmrouter-largest" of the replaced system: the deployment whose model has the fewest, or
// the most, parameters; of several, one by chance. Where no size is known it is simple-shuffle.
//
// When to use it: as a floor and a ceiling that other strategies are measured by; open models of one family.
//
// It needs the sizes of models. A model whose size is not known comes last in both: the original took it for the smallest.
type BySize struct{ Largest bool }

var (
	_ = register(routing.Fixed("llmrouter-smallest", BySize{}))
	_ = register(routing.Fixed("llmrouter-largest", BySize{Largest: true}))
)

// Pick implements routing.Strategy.
func (s BySize) Pick(r *abi.Request, candidates []abi.Candidate) int {
	known := false
	for i := range candidates {
		known = known || candidates[i].Size > 0
	}
	if !known {
		return SimpleShuffle{}.Pick(r, candidates)
	}
	return lowest(r, len(candidates), 0, func(i int) float64 {
		switch size := candidates[i].Size; {
		case !(size > 0):
			return math.Inf(1)
		case s.Largest:
			return -size
		default:
			return size
		}
	})
}
