package abi

import (
	"math"
	"testing"
)

func TestPriceOf(t *testing.T) {
	p := Price{Input: 2e-6, Output: 8e-6, CachedInput: 1e-6}
	for _, c := range []struct {
		p    Price
		u    Usage
		want float64
	}{
		{p, Usage{Input: 1000, Output: 500}, 0.006},
		{p, Usage{Input: 1000, Cached: 400, Output: 500}, 0.0056},
		{p, Usage{Input: 1000, Output: 500, Reasoning: 200}, 0.006},
		{Price{Input: 2e-6, Output: 8e-6, Reasoning: 1e-5}, Usage{Output: 500, Reasoning: 200}, 0.0044},
		{p, Usage{Input: 10, Cached: 1000}, 1e-5}, // an upstream that says it read more than there was
		{Price{}, Usage{Input: 5, Output: 5}, 0},
	} {
		if got := c.p.Of(c.u); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%+v of %+v: got %g, want %g", c.p, c.u, got, c.want)
		}
	}
}
