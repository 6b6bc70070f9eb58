package strategy

import (
	"math"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// priced makes candidates of prices in USD per million tokens, input and output in turn; -1: not known.
func priced(prices ...float64) []abi.Candidate {
	candidates := of(make([]abi.Signals, len(prices)/2)...)
	for i := range candidates {
		if prices[2*i] >= 0 {
			candidates[i].Price = &abi.Price{Input: prices[2*i] / 1e6, Output: prices[2*i+1] / 1e6}
		}
	}
	return candidates
}

func TestLowestCost(t *testing.T) {
	for _, c := range []struct {
		name       string
		input      int
		candidates []abi.Candidate
		want       string
	}{
		{"the cheapest", 100, priced(2.5, 10, 0.15, 0.6), "b"},
		{"a short prompt: the output decides", 10, priced(1, 10, 6, 4), "b"},
		{"a long prompt: the input decides, where LiteLLM's sum says otherwise", 100_000, priced(1, 10, 6, 4), "a"},
		{"what nobody knows comes last", 100, priced(-1, -1, 75, 150), "b"},
		{"nothing known", 100, priced(-1, -1, -1, -1), "ab"},
		{"free", 100, priced(0, 0, 0.01, 0.01), "a"},
		{"alike", 100, priced(1, 1, 1, 1, 2, 1), "ab"},
	} {
		if got := picks(LowestCost{}, abi.Request{InputTokens: c.input}, c.candidates); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	long := priced(1, 10, 6, 8)
	long[0].Signals.Output = abi.Mean{Value: 5000, Count: 3} // it talks too much
	if got := picks(LowestCost{}, abi.Request{InputTokens: 100}, long); got != "b" {
		t.Errorf("by the length of answers: got %s", got)
	}
}

func TestExpected(t *testing.T) {
	c := priced(2.5, 10)[0]
	c.Price.CachedInput = 1.25e-6
	q := abi.Request{InputTokens: 500}
	usd, tokens := expected(&q, &c)
	if tokens != 1000 || math.Abs(usd-0.00625) > 1e-12 || math.Abs(perThousand(&q, &c)-0.00625) > 1e-12 {
		t.Errorf("%v for %d tokens", usd, tokens)
	}
	q.Sticky = "a"
	if usd, _ = expected(&q, &c); math.Abs(usd-0.005625) > 1e-12 {
		t.Errorf("%v where the prompt is cached", usd)
	}
	c.Price = nil
	if usd, _ = expected(&q, &c); !math.IsInf(usd, 1) {
		t.Errorf("%v where no price is known", usd)
	}
}
