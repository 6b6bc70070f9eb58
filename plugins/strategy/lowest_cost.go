package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// LowestCost is LiteLLM's "cost-based-routing": the deployment at which the request will cost least. The cost is that of the
// estimated input, and of an output as long as the deployment's answers lately; LiteLLM adds the two prices of one token,
// which mistakes a dear input for a cheap one where prompts are long. Of several, one by chance. A deployment whose price
// nobody knows comes last.
//
// When to use it: deployments of equal quality and unequal price.
type LowestCost struct{}

var _ = register(&routing.Kind{
	Name: "cost-based-routing", Prices: true,
	New: func(abi.Args) routing.Strategy { return LowestCost{} },
})

// Needs implements routing.Informed.
func (LowestCost) Needs() abi.SignalSet { return abi.SignalOutput }

// Pick implements routing.Strategy.
func (LowestCost) Pick(r *abi.Request, candidates []abi.Candidate) int {
	return lowest(r, len(candidates), 0, func(i int) float64 {
		usd, _ := expected(r, &candidates[i])
		return usd
	})
}
