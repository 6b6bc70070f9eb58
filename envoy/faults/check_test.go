package faults

import (
	"testing"
	"time"

	"github.com/routeiq/routeiq/envoy/faults/engine"
)

// in is what is wanted in an engine.
func (w want) in(kind engine.Kind) want {
	if o := w.envoy; o != nil && kind == engine.Envoy {
		if o.pair != "" {
			w.pair = o.pair
		}
		if o.alone != "" {
			w.alone = o.alone
		}
		if o.breaker != "" {
			w.breaker = o.breaker
		}
	}
	return w
}

// slack is how much longer than its deadlines a request may take on a machine that is busy with 64 others.
const slack = 2 * time.Second

// check compares what a cell showed with what is wanted.
func (c cell) check(t *testing.T, kind engine.Kind, got *found) {
	w := c.want.in(kind)
	for _, g := range groups {
		single, after := w.alone, w.after[1]
		if g.pair {
			single, after = w.pair, w.after[0]
		}
		if !g.crowd {
			s := got.single[g.suffix]
			if s.String() != single {
				t.Errorf("%s: %q, expected %q", g.suffix[1:], s, single)
			} else if s.took < after-tick || s.took > after+slack {
				t.Errorf("%s: it took %s, expected %s", g.suffix[1:], s.took, after)
			}
			continue
		}
		strange := map[string]int{}
		for _, s := range got.crowd[g.suffix] {
			if s.String() != single && !s.without(g.pair) {
				strange[s.String()+" ("+s.LeftOut+")"]++
			}
		}
		for s, n := range strange {
			t.Errorf("%s: %d of %d: %q, expected %q or what follows when its breaker is open", g.suffix[1:], n, crowd, s, single)
		}
		// One more, when the crowd is gone, shows what the crowd did to the breaker.
		if s, open := got.single[g.suffix], w.breaker != nothing; s.without(g.pair) != open || !open && s.String() != single {
			t.Errorf("%s: afterwards: %q (%s), expected that the deployment is left out: %t", g.suffix[1:], s, s.LeftOut, open)
		}
	}
	if got.breaker != w.breaker {
		t.Errorf("the breaker: %s, expected %s", got.breaker, w.breaker)
	}
}

// tick is how much earlier than its deadline an attempt may seem to end: clocks differ by their steps.
const tick = 20 * time.Millisecond

// without tells whether a request was answered as one is for which the faulty deployment is left out: its breaker is open.
func (s seen) without(pair bool) bool {
	if s.Faulty > 0 {
		return false
	}
	switch {
	case pair:
		return s.LeftOut != "" && s.String() == "200 whole from good: ok"
	case s.LeftOut == "rate_limited":
		return s.String() == "429 rate_limit_exceeded from nobody"
	}
	return s.LeftOut == "breaker_open" && s.String() == "503 no_deployment_available from nobody"
}
