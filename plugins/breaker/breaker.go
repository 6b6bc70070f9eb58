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
	ID        string  // of the deployment
	UntilMS   int64   // it is open until then, half-open from then on
	Probes    []int64 // when each probe in flight began
	Successes int     // of probes, since it is half-open
}

// Phase tells where the circuit is at nowMS.
func (c *Circuit) Phase(nowMS int64) Phase {
	if nowMS < c.UntilMS {
		return Open
	}
	return HalfOpen
}

// inFlight counts the probes that are still out. A probe whose end was never told, because its worker died, is
// forgotten after an open period.
func (c *Circuit) inFlight(p abi.BreakerPolicy, nowMS int64) int {
	n := 0
	for _, began := range c.Probes {
		if nowMS-began < int64(p.OpenMS) {
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
		if nowMS-began < int64(p.OpenMS) {
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

// Effect is what an attempt's end says about its deployment.
type Effect uint8

// The effects. Nothing: the attempt says nothing about it.
const (
	Nothing Effect = iota
	Success
	Failure
)

// EffectOf says what counts. A request at fault, and a client that leaves, say nothing about a deployment.
func EffectOf(class abi.Class) Effect {
	switch class {
	case abi.ClassOK:
		return Success
	case abi.ClassClientError, abi.ClassContext, abi.ClassContent, abi.ClassCancelled:
		return Nothing
	default: // auth, not_found, rate_limited, server_error, connect, reset, timeout, malformed
		return Failure
	}
}
