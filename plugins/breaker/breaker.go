// Package breaker keeps a deployment that fails from hurting the next request: closed, open, half-open, closed again.
// It is functions on values plus the time; what is remembered lives in a store.Store, shared by all workers of a proxy.
package breaker

import "github.com/routeiq/routeiq/abi"

// Phase is where a circuit is.
type Phase string

// The phases. Open becomes HalfOpen by the passing of time alone.
const (
	Closed   Phase = "closed"
	Open     Phase = "open"
	HalfOpen Phase = "half_open"
)

// Circuit is a breaker that is not closed.
type Circuit struct {
	ID        string    // of the deployment
	UntilMS   int64     // it is open until then, half-open from then on
	Class     abi.Class // what opened it last
	Trips     int       // how often it opened since it was closed
	Probes    []int64   // when each probe in flight began
	Successes int       // of probes, since it is half-open
}

// Phase tells where the circuit is at nowMS.
func (c *Circuit) Phase(nowMS int64) Phase {
	if nowMS < c.UntilMS {
		return Open
	}
	return HalfOpen
}

// probeLifeMS is after what time a probe in flight is forgotten: its end was never told, because its worker died.
func probeLifeMS(p abi.BreakerPolicy) int64 { return int64(p.OpenMS) }

// inFlight counts the probes that are still out.
func (c *Circuit) inFlight(p abi.BreakerPolicy, nowMS int64) int {
	n := 0
	for _, began := range c.Probes {
		if nowMS-began < probeLifeMS(p) {
			n++
		}
	}
	return n
}

// Admits tells whether the circuit lets a request through: only as a probe, and only so many at a time.
func (c *Circuit) Admits(p abi.BreakerPolicy, nowMS int64) bool {
	return c.Phase(nowMS) == HalfOpen && c.inFlight(p, nowMS) < p.HalfOpenRequests
}

// begin takes a probe's place.
func (c *Circuit) begin(p abi.BreakerPolicy, nowMS int64) {
	live := c.Probes[:0:0]
	for _, began := range c.Probes {
		if nowMS-began < probeLifeMS(p) {
			live = append(live, began)
		}
	}
	c.Probes = append(live, nowMS)
}

// end gives the place of the probe that began at beganMS back.
func (c *Circuit) end(beganMS int64) {
	for i, began := range c.Probes {
		if began == beganMS {
			c.Probes = append(c.Probes[:i:i], c.Probes[i+1:]...)
			return
		}
	}
}

// jitter is the part of a repeated pause that chance takes off, so that the proxies of a fleet do not probe together.
const jitter = 0.2

// pauseMS is how long the circuit stays open the trips-th time (1: the first): twice as long each time, up to the cap. An
// answer that says how long to wait is believed, up to the same cap.
func pauseMS(p abi.BreakerPolicy, trips int, retryAfterMS int64, seed uint64) int64 {
	longest := int64(p.MaxOpenMS)
	if retryAfterMS > 0 {
		return min(retryAfterMS, longest)
	}
	pause := int64(p.OpenMS)
	if trips <= 1 {
		return pause
	}
	for n := 1; n < trips && pause < longest; n++ {
		pause *= 2
	}
	pause = min(pause, longest)
	return pause - int64(float64(pause)*jitter*abi.Chance(seed, trips))
}
