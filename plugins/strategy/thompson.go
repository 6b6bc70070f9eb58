package strategy

import (
	"math"
	"slices"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/signal"
)

// Thompson is "llmrouter-thompson", the replaced system's Kumaraswamy-Thompson bandit: each deployment is chosen as often as it is
// likely to be the best one, by what its answers were worth so far (see Reward). For that each draws a number from what is
// believed of its worth, and the highest wins: one of which little is known draws high now and then, and is tried.
//
// When to use it: deployments of which nobody knows which is best, or which changes, at any load. It shares requests out by
// chance, so that it does not matter that answers under way are not known yet. It learns nothing of what kind of request is
// best served where: that is "llmrouter-linucb".
//
// What it keeps are two counts of each deployment, of worth and of lack of worth: an answer worth 0.8 adds 0.8 to one and 0.2 to
// the other (Agrawal and Goyal 2012 toss a coin for it, which adds noise alone). With each answer what a worker counted before is
// multiplied by decay, and it halves in an hour without news, so that a deployment that was bad is tried again. These counts, each
// with half of cold_start_kappa added, are α and β of a beta distribution. The draw is of the Kumaraswamy distribution whose
// logarithm has the same mean and variance, since that takes one number of chance. The two distributions are the same where α or β
// is 1; elsewhere their functions differ by less than 0.07, and very high draws are rarer. Its estimate, which a log line has, is that
// mean without its sign, and the variance over the square of the mean: 0.38 and 0.23 of a deployment that was worth 0.8 ten times.
//
// Where the replaced system differs: its reward is a score that somebody sends back later, and costs and latencies as they come with
// it; here every answer is rewarded. It counts by length of prompt as well. Its decay is that of a day. It adds a table's opinion
// of known models in place of a half. It takes counts for the parameters a and b, so that what is well known draws too high.
type Thompson struct {
	Reward Reward
	Decay  float64 // what an earlier answer counts beside the next
	Kappa  float64 // counts that every deployment is given
}

var _ = register(&routing.Kind{
	Name: "llmrouter-thompson",
	Params: slices.Concat([]routing.Param{
		number("decay", 0.5, 1, 0.99, "what an answer counts beside the next one: each worker remembers about 1/(1-decay) answers"),
		number("cold_start_kappa", 1, 1000, 5, "how many answers worth 0.5 a deployment is taken to have given before its first"),
	}, rewardParams),
	Rules: rewardRules,
	New: func(a abi.Args) routing.Strategy {
		return Thompson{rewardOf(a), a.Number("decay"), a.Number("cold_start_kappa")}
	},
})

// The numbers it keeps: two counts, and when the newest came (see ageMS).
const (
	thompsonWorth = iota
	thompsonLack
	thompsonDated
	thompsonSums
)

// Keep implements routing.Keeper.
func (Thompson) Keep() signal.Settings {
	keep := signal.DefaultSettings
	keep.Sums = thompsonSums
	return keep
}

// Learn implements routing.Learner.
func (s Thompson) Learn(own []float64, e *routing.Experience) {
	nowMS := endedMS(e)
	count := own[thompsonWorth] + own[thompsonLack]
	keep, newest := s.Decay*fading(count, own[thompsonDated], nowMS), renewed(count, own[thompsonDated], nowMS)
	worth := s.Reward.Of(e)
	own[thompsonWorth] = own[thompsonWorth]*keep + worth
	own[thompsonLack] = own[thompsonLack]*keep + 1 - worth
	own[thompsonDated] = (own[thompsonWorth] + own[thompsonLack]) * newest
}

// What α and β can be: no less than half the least cold_start_kappa, and no more than anybody counts.
const leastCount, mostCount = 0.5, 1e9

// Estimate implements routing.Learner: what is believed of a deployment's worth; nothing of sums that are none of this strategy's.
func (s Thompson) Estimate(q *abi.Request, sums []float64) [2]float64 {
	alpha, beta := s.counts(q, sums)
	if !(alpha >= leastCount && beta >= leastCount && alpha+beta <= mostCount) {
		return [2]float64{}
	}
	b := beliefOf(alpha, beta)
	return [2]float64{b.mean, b.ratio}
}

// counts are α and β.
func (s Thompson) counts(q *abi.Request, sums []float64) (alpha, beta float64) {
	keep := fading(sums[thompsonWorth]+sums[thompsonLack], sums[thompsonDated], q.NowMS)
	return s.Kappa/2 + keep*sums[thompsonWorth], s.Kappa/2 + keep*sums[thompsonLack]
}

// Pick implements routing.Strategy. A candidate's draw goes by the request and the candidate's id, so that their order does not
// matter, and by their number, so that the pick over the rest is independent of the first. Where the highest draw so far is out of
// reach none is made.
func (s Thompson) Pick(r *abi.Request, candidates []abi.Candidate) int {
	best, highest, ceilings := -1, math.Inf(-1), ceilings()
	for i := range candidates {
		e := &candidates[i].Signals.Estimate
		b := belief{e[0], e[1]}
		if !b.possible() {
			continue // no estimate
		}
		chance := abi.Chance(r.Seed^abi.SeedOf(candidates[i].ID), len(candidates))
		if b.ceiling(ceilings, chance) <= highest {
			continue
		}
		if draw := b.like().logAt(chance); draw > highest {
			best, highest = i, draw
		}
	}
	if best < 0 {
		return int(abi.Chance(r.Seed, len(candidates)) * float64(len(candidates)))
	}
	return best
}
