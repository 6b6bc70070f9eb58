package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// SimpleShuffle is LiteLLM's default, "simple-shuffle": a random deployment, each with the chance its share gives it.
// Shares come from weight, rpm or tpm, whichever a deployment of the group states first in this order. A deployment
// without a share is taken only when none with one is left; if none has one, all are equal.
//
// When to use it: always, until something better is known of the deployments. It needs no state.
type SimpleShuffle struct{}

var _ = register(routing.Fixed("simple-shuffle", SimpleShuffle{}))

// Pick implements routing.Strategy. The chance is taken from the seed at the number of candidates, so that the pick over
// the rest is independent of the first.
func (SimpleShuffle) Pick(r *abi.Request, candidates []abi.Candidate) int {
	total := 0.0
	for _, c := range candidates {
		total += c.Share
	}
	chance := abi.Chance(r.Seed, len(candidates))
	if total == 0 {
		return int(chance * float64(len(candidates)))
	}
	point := chance * total
	last := 0
	for i, c := range candidates {
		if c.Share == 0 {
			continue
		}
		if last = i; point < c.Share {
			return i
		}
		point -= c.Share
	}
	return last // rounding left the point a hair above the sum
}
