package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// RouteLLM is "routellm", RouteLLM's routers with one vector a query (mf, and others that were distilled): how likely the strong
// model's answer is to be the better one; where that is at least the threshold, the strong one is taken.
//
// When to use it: a strong and a weak model, and a share of calls that the strong one may have. Thresholds mean nothing from one
// router, or one kind of traffic, to another: calibrate them.
type RouteLLM struct{ byModel }

var _ = registerModel("routellm", nil, func(m byModel, _ abi.Args) routing.Strategy { return RouteLLM{m} }, "threshold")
