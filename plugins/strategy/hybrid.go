package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// Hybrid is "llmrouter-hybrid", LLMRouter's hybrid_llm: a network says how likely it is that the small model's answer is as good as
// the large one's; where that is at least the threshold, the small one is taken.
//
// When to use it: two models, and queries that both have answered.
type Hybrid struct{ byThreshold }

var _ = registerModel("llmrouter-hybrid", thresholdParams, func(m byModel, a abi.Args) routing.Strategy { return Hybrid{byThresholdOf(m, a)} }, "threshold")
