package strategy

import (
	"math"

	"github.com/routeiq/routeiq/abi"
)

// outputGuess is how many output tokens an answer is taken to have where none is known: the replaced system's.
const outputGuess = 500

// expected returns what a request will cost at a candidate, in US dollars, and how many tokens it will have: its input as
// estimated, its output as long as the candidate's answers lately. Where the candidate served the session before, its input
// is taken to be in the provider's cache. A price that is not known is +Inf.
func expected(r *abi.Request, c *abi.Candidate) (usd float64, tokens int) {
	output := outputGuess
	if c.Signals != nil && c.Signals.Output.Count > 0 {
		output = int(math.Ceil(min(max(c.Signals.Output.Value, 0), unbounded))) // NaN becomes some number; it is none that a worker learns
	}
	tokens = r.InputTokens + output
	if c.Price == nil {
		return math.Inf(1), tokens
	}
	u := abi.Usage{Input: r.InputTokens, Output: output}
	if r.Sticky != "" && r.Sticky == c.ID {
		u.Cached = u.Input
	}
	return c.Price.Of(u), tokens
}

// perThousand is what 1,000 tokens of a request cost at a candidate; +Inf where that is not known.
func perThousand(r *abi.Request, c *abi.Candidate) float64 {
	usd, tokens := expected(r, c)
	if tokens == 0 {
		return usd * 1000
	}
	return usd / float64(tokens) * 1000
}
