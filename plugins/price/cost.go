package price

import "github.com/routeiq/routeiq/abi"

// Cost is what u costs in USD: spent, or expected when u is an estimate. Cached tokens are part of the input and reasoning
// tokens part of the output; each has its own price where one is stated and else the one of the whole. known is false,
// and usd means nothing, when tokens are left over that have no stated price.
//
// A count below 0 is taken as 0, and a part that is larger than its whole as the whole: no cost is below 0. What was
// written to a cache is not counted in u: it costs as plain input here.
func (p Price) Cost(u abi.Usage) (usd float64, known bool) {
	input, output := max(u.Input, 0), max(u.Output, 0)
	cached, reasoning := min(max(u.Cached, 0), input), min(max(u.Reasoning, 0), output)
	for _, part := range []struct {
		tokens int
		rate   Rate
	}{
		{input - cached, p.Input},
		{cached, p.CachedInput.Or(p.Input)},
		{output - reasoning, p.Output},
		{reasoning, p.Reasoning.Or(p.Output)},
	} {
		if part.tokens == 0 {
			continue
		}
		rate, stated := part.rate.PerToken()
		if !stated {
			return 0, false
		}
		usd += float64(part.tokens) * rate
	}
	return usd, true
}
