package strategy

import (
	"slices"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// Centroid is "llmrouter-nadirclaw-centroid" of the replaced system: a request is simple or complex by which of two centers its
// vector is nearer to, and goes to models of that tier. It is "routing-profile" with a model: a profile, a step of an agent's work and
// words that ask for reasoning go before the centers, and tiers, windows and the choice in a tier are as there.
//
// When to use it: a name that stands for cheap and for strong models, and an encoder. The original's is all-MiniLM-L6-v2;
// examples/export makes the centers of prompts of one's own.
//
// Where it differs: of what the original remembers for a session there is affinity instead (routing.affinity): it looked sessions up
// by their newest message.
type Centroid struct {
	byModel
	*Tiers
}

var _ = registerModel("llmrouter-nadirclaw-centroid", tierParams, func(m byModel, a abi.Args) routing.Strategy {
	return Centroid{m, tiersOf(a)}
}, "centroid")

// Places implements routing.Placer: a deployment's label is its tier; one of neither tier is told what the simple one's is.
func (s Centroid) Places(labels []string, d *abi.Deployment) []int {
	word := tierWords[0]
	if s.tier(d) == complexTier {
		word = tierWords[1]
	}
	at := slices.Index(labels, word)
	if at < 0 {
		return nil
	}
	return []int{at + 1}
}

// TwoSided implements routing.TwoSided.
func (Centroid) TwoSided() {}

// Pick implements routing.Strategy.
func (s Centroid) Pick(r *abi.Request, candidates []abi.Candidate) int {
	const simplePlace = 1
	signals := candidates[0].Signals
	if signals == nil || signals.Place == 0 {
		return s.Tiers.Pick(r, candidates)
	}
	return s.pick(r, candidates, (signals.Score > 0) != (signals.Place == simplePlace))
}

// Needs implements routing.Informed.
func (s Centroid) Needs() abi.SignalSet { return s.Tiers.Needs() }
