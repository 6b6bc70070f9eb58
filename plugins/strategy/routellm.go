package strategy

import (
	"cmp"
	"slices"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// RouteLLM is "routellm", RouteLLM's routers with one vector a query (mf, and others that were distilled): how likely the strong
// model's answer is to be the better one; where that is at least the threshold, the strong one is taken.
//
// When to use it: a strong and a weak model, and a share of calls that the strong one may have. Thresholds mean nothing from one
// router, or one kind of traffic, to another: calibrate them.
//
// Clients that name a threshold as RouteLLM's do are understood: the model "router-mf-0.11593" is the group whose strategy has "mf"
// for its router, with that threshold for this request. One that is no number from 0 to 1 is refused with status 400.
type RouteLLM struct {
	byThreshold
	router string
}

var _ routing.Named = RouteLLM{}

var _ = registerModel("routellm", slices.Concat(thresholdParams, []routing.Param{
	text("router", "the name that clients put between router- and the threshold; none: mf"),
}), func(m byModel, a abi.Args) routing.Strategy {
	return RouteLLM{byThresholdOf(m, a), cmp.Or(a.Text("router"), "mf")}
}, "threshold")

// Router implements routing.Named.
func (s RouteLLM) Router() string { return s.router }
