package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// UsageBased is LiteLLM's "usage-based-routing-v2": the deployment that used the fewest tokens in this minute of the clock,
// input and output; of several, one by chance. "usage-based-routing" is the same here: in LiteLLM it takes the first of
// several, so that every minute begins with all requests at one deployment. Deployments at their rpm or tpm are left out before.
//
// When to use it: deployments with token quotas a minute, and requests of very unequal size. The tokens of an answer are known
// when it has ended; what the other workers of the proxy used is known as of a second ago.
type UsageBased struct{}

var (
	_ = register(routing.Fixed("usage-based-routing", UsageBased{}))
	_ = register(routing.Fixed("usage-based-routing-v2", UsageBased{}))
)

// Needs implements routing.Informed.
func (UsageBased) Needs() abi.SignalSet { return abi.SignalUsage }

// Pick implements routing.Strategy.
func (UsageBased) Pick(r *abi.Request, candidates []abi.Candidate) int {
	return lowest(r, len(candidates), 0, func(i int) float64 { return float64(candidates[i].Signals.TokensAt(r.NowMS)) })
}

// FewestDecisions is "llmrouter-usage-based" of the replaced system: the deployment with the fewest requests in this minute.
//
// When to use it: quotas of requests a minute.
type FewestDecisions struct{}

var _ = register(routing.Fixed("llmrouter-usage-based", FewestDecisions{}))

// Needs implements routing.Informed.
func (FewestDecisions) Needs() abi.SignalSet { return abi.SignalUsage }

// Pick implements routing.Strategy.
func (FewestDecisions) Pick(r *abi.Request, candidates []abi.Candidate) int {
	return lowest(r, len(candidates), 0, func(i int) float64 { return float64(candidates[i].Signals.RequestsAt(r.NowMS)) })
}
