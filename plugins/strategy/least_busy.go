package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// LeastBusy is LiteLLM's "least-busy": the deployment with the fewest attempts under way in this proxy. Of several, one by
// chance; LiteLLM takes the first of its list, which sends every request of a quiet proxy to one deployment. "llmrouter-least-busy", as the replaced system called it, is the same.
//
// When to use it: deployments of equal power, such as replicas of one inference server, and answers of very unequal length. What
// the other workers of the proxy have under way is known as of a second ago.
type LeastBusy struct{}

var (
	_ = register(routing.Fixed("least-busy", LeastBusy{}))
	_ = register(routing.Fixed("llmrouter-least-busy", LeastBusy{}))
)

// Needs implements routing.Informed.
func (LeastBusy) Needs() abi.SignalSet { return abi.SignalInFlight }

// Pick implements routing.Strategy.
func (LeastBusy) Pick(r *abi.Request, candidates []abi.Candidate) int {
	return lowest(r, len(candidates), 0, func(i int) float64 { return float64(candidates[i].Signals.InFlight) })
}
