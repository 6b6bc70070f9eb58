package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// RoundRobin is "round-robin": the deployments of a group in turn, sorted by id. The turn is one counter that all
// workers of a proxy share.
//
// When to use it: equal deployments, and traffic that should be spread evenly even when it is thin. It costs one
// compare-and-swap a request.
type RoundRobin struct{}

var _ = register(routing.Fixed("round-robin", RoundRobin{}))

// TakesTurns implements routing.TurnTaker.
func (RoundRobin) TakesTurns() {}

// Pick implements routing.Strategy.
func (RoundRobin) Pick(r *abi.Request, candidates []abi.Candidate) int {
	return int(r.Turn % uint64(len(candidates)))
}
