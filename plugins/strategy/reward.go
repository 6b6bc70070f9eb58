package strategy

import (
	"errors"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// Reward says what a good answer is to a strategy that learns: the weights of its quality, cost and latency. Each of the
// three is between 0 and 1, and so is their weighted mean.
//
//	quality  1 for an answer. Whether it is a good one nobody tells a proxy.
//	cost     ½ at fairUSD for 1,000 tokens, 1 for nothing, towards 0 above; ½ where the price or the usage is not known
//	latency  ½ at fairMS, 1 at once, towards 0 above
//
// A failure is worth 0 in all: it was quick and cost nothing, and with that a dead deployment would come close to a dear one.
type Reward struct{ Quality, Cost, Latency float64 }

const (
	// fairUSD lies, on a logarithmic scale, in the middle of what 1,000 tokens cost at the cheap (0.0001) and the dear (0.03).
	fairUSD = 0.002
	// fairMS and fairFirstMS are usual times of a whole answer and of a stream's first event.
	fairMS, fairFirstMS = 10_000, 1_000
)

// rewardParams are the arguments for the weights.
var rewardParams = []routing.Param{
	number("reward_quality_weight", 0, 1, 0.5, "weight of an answer that did not fail"),
	number("reward_cost_weight", 0, 1, 0.4, "weight of a low cost"),
	number("reward_latency_weight", 0, 1, 0.1, "weight of a low latency"),
}

func rewardOf(a abi.Args) Reward {
	return Reward{a.Number("reward_quality_weight"), a.Number("reward_cost_weight"), a.Number("reward_latency_weight")}
}

// rewardRules refuses weights of which none counts.
func rewardRules(a abi.Args) []error {
	if w := rewardOf(a); w.Quality+w.Cost+w.Latency > 0 {
		return nil
	}
	return []error{errors.New("reward_quality_weight: all three weights are 0, expected one above 0")}
}

// Of returns what an attempt was worth.
func (w Reward) Of(e *routing.Experience) float64 {
	if e.Failed {
		return 0
	}
	fair := fairMS
	if e.Request.Stream {
		fair = fairFirstMS
	}
	total := w.Quality + w.Cost*cheapness(e) + w.Latency*saturating(waitedMS(e), float64(fair))
	return min(max(total/(w.Quality+w.Cost+w.Latency), 0), 1)
}

// cheapness goes by the cost of the attempt for each 1,000 tokens of a request like it: of its input and an answer of usual length.
// So long requests are not worth less than short ones, and an answer that is longer than others' is.
func cheapness(e *routing.Experience) float64 {
	u := &e.Outcome.Usage
	if e.Deployment.Price == nil || u.Input+u.Output <= 0 {
		return 0.5
	}
	tokens := max(e.Request.InputTokens, 0) + outputGuess
	return saturating(e.Deployment.Price.Of(*u)*1000/float64(tokens), fairUSD)
}

// saturating is 1 at nothing, ½ at half and goes towards 0.
func saturating(v, half float64) float64 { return half / (half + max(v, 0)) }

// waitedMS is how long the client waited: for a stream's first event, for any other answer as a whole.
func waitedMS(e *routing.Experience) float64 {
	if e.Request.Stream && e.Outcome.FirstByteMS > 0 {
		return float64(e.Outcome.FirstByteMS)
	}
	return float64(e.Outcome.DurationMS)
}
