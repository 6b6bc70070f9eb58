package price

import (
	"math"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestCost(t *testing.T) {
	plain := Price{Input: USD(1), Output: USD(10)}
	full := Price{Input: USD(1), Output: USD(10), CachedInput: USD(0.25), Reasoning: USD(30), CacheWrite: USD(1000)}
	for _, c := range []struct {
		name  string
		price Price
		usage abi.Usage
		usd   float64
		known bool
	}{
		{"nothing", plain, abi.Usage{}, 0, true},
		{"input and output", plain, abi.Usage{Input: 3, Output: 2}, 23, true},
		{"parts without a price of their own", plain, abi.Usage{Input: 3, Cached: 2, Output: 2, Reasoning: 1}, 23, true},
		{"parts with a price of their own", full, abi.Usage{Input: 3, Cached: 2, Output: 2, Reasoning: 1}, 1 + 0.5 + 10 + 30, true},
		{"all cached, all reasoning", full, abi.Usage{Input: 4, Cached: 4, Output: 2, Reasoning: 2}, 1 + 60, true},
		{"cached for nothing", Price{Input: USD(1), CachedInput: USD(0)}, abi.Usage{Input: 4, Cached: 3}, 1, true},
		{"a free model", Price{Input: USD(0), Output: USD(0)}, abi.Usage{Input: 3, Output: 2}, 0, true},

		{"no price", Price{}, abi.Usage{Input: 3, Output: 2}, 0, false},
		{"no price and no tokens", Price{}, abi.Usage{}, 0, true},
		{"an embedding, whose output nobody prices", Price{Input: USD(1)}, abi.Usage{Input: 3}, 3, true},
		{"output that nobody prices", Price{Input: USD(1)}, abi.Usage{Input: 3, Output: 1}, 0, false},
		{"input that nobody prices", Price{Output: USD(1)}, abi.Usage{Input: 3, Output: 1}, 0, false},
		{"all input of a stated part", Price{CachedInput: USD(2)}, abi.Usage{Input: 3, Cached: 3}, 6, true},
		{"reasoning alone priced", Price{Reasoning: USD(2)}, abi.Usage{Output: 3, Reasoning: 2}, 0, false},

		{"counts below 0", full, abi.Usage{Input: -3, Cached: -2, Output: -2, Reasoning: -1}, 0, true},
		{"parts below 0", full, abi.Usage{Input: 3, Cached: -2, Output: 2, Reasoning: -1}, 23, true},
		{"parts above the whole", full, abi.Usage{Input: 4, Cached: 9, Output: 1, Reasoning: 9}, 1 + 30, true},
		{"parts of nothing", full, abi.Usage{Cached: 9, Reasoning: 9}, 0, true},
	} {
		usd, known := c.price.Cost(c.usage)
		if usd != c.usd || known != c.known {
			t.Errorf("%s: %v %v, want %v %v", c.name, usd, known, c.usd, c.known)
		}
	}
}

// TestCostOfAbsurdCounts: whatever is counted, a cost is a number, and none is below 0.
func TestCostOfAbsurdCounts(t *testing.T) {
	p := Price{Input: USD(0.001), Output: USD(0.001), CachedInput: USD(0), Reasoning: USD(0.001)}
	counts := []int{math.MinInt, -1, 0, 1, math.MaxInt}
	for _, input := range counts {
		for _, cached := range counts {
			for _, output := range counts {
				for _, reasoning := range counts {
					u := abi.Usage{Input: input, Cached: cached, Output: output, Reasoning: reasoning}
					if usd, known := p.Cost(u); !known || usd < 0 || math.IsNaN(usd) || math.IsInf(usd, 0) {
						t.Errorf("%+v costs %v, %v", u, usd, known)
					}
				}
			}
		}
	}
}

// TestMeanPrice: the mean of input and output for a thousand tokens, as comparisons of strategies by cost state it.
func TestMeanPrice(t *testing.T) {
	for model, want := range map[string]float64{"gpt-4o": 0.00625, "gpt-4o-mini": 0.000375} {
		m, ok := Find("openai", model)
		usd, known := m.Price.Cost(abi.Usage{Input: 500, Output: 500})
		if !ok || !known || math.Abs(usd-want) > 1e-15 {
			t.Errorf("%s costs %v, %v for 1000 tokens, want %v", model, usd, known, want)
		}
	}
}
