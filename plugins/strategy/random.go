package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// Random is "random": any deployment with the same chance, whatever shares they state.
//
// When to use it: as what other strategies are measured by.
type Random struct {
	Seed uint64 // mixed into the request's: two groups with different seeds choose independently
}

var _ = register(&routing.Kind{
	Name:   "random",
	Params: []routing.Param{whole("seed", 0, unbounded, 0, "mixed into each request's own: groups with different seeds choose independently")},
	New:    func(a abi.Args) routing.Strategy { return Random{uint64(a.Number("seed"))} },
})

// Pick implements routing.Strategy.
func (s Random) Pick(r *abi.Request, candidates []abi.Candidate) int {
	return int(abi.Chance(r.Seed+s.Seed*0x9e3779b97f4a7c15, len(candidates)) * float64(len(candidates)))
}
