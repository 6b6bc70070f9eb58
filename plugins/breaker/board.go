package breaker

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/store"
)

// Board is the breakers of all deployments of a proxy, kept in a store.
type Board struct{ Store store.Store }

// Event is a transition, for logs and metrics.
type Event struct {
	Deployment string
	From, To   Phase
	Class      abi.Class // of the attempt that caused it
}

// Circuits returns every breaker that is not closed at the moment.
func (b Board) Circuits() Table {
	value, _, _ := b.Store.Get(abi.KeyCircuits)
	if len(value) == 0 {
		return nil
	}
	return ParseTable(value)
}

// change changes one deployment's circuit: change gets it (nil while closed) and returns it, nil to close it, and
// whether anything is to be written. It tells whether the table is now as change said.
func (b Board) change(id string, change func(c *Circuit) (*Circuit, bool)) bool {
	_, ok := store.Update(b.Store, abi.KeyCircuits, func(old []byte) ([]byte, struct{}, bool) {
		table := ParseTable(old)
		var mine *Circuit
		rest := make(Table, 0, len(table)+1)
		for i := range table {
			if table[i].ID == id {
				mine = &table[i]
			} else {
				rest = append(rest, table[i])
			}
		}
		c, write := change(mine)
		if c != nil {
			rest = append(rest, *c)
		}
		return rest.Append(nil), struct{}{}, write
	})
	return ok
}

// Probe takes a place for a probe; false when there is none any more. Every probe that was begun must be ended by
// Record or Release with the same began time.
func (b Board) Probe(id string, p abi.BreakerPolicy, nowMS int64) bool {
	taken := false
	written := b.change(id, func(c *Circuit) (*Circuit, bool) {
		taken = false
		if c == nil || !c.Admits(p, nowMS) {
			return c, false
		}
		next := *c
		next.begin(p, nowMS)
		taken = true
		return &next, true
	})
	return taken && written
}

// Release gives a probe's place back without a verdict: it was not needed, or its client left.
func (b Board) Release(id string, beganMS int64) {
	b.change(id, func(c *Circuit) (*Circuit, bool) {
		if c == nil {
			return nil, false
		}
		next := *c
		next.end(beganMS)
		return &next, true
	})
}

// Record tells the board how an attempt ended. probeMS is when its probe began, 0 when it was none. It returns the
// transitions that followed.
func (b Board) Record(id string, p abi.BreakerPolicy, class abi.Class, probeMS, nowMS int64) []Event {
	if !p.Enabled {
		return nil
	}
	switch EffectOf(class) {
	case Success:
		if probeMS == 0 {
			return nil // successes of a closed breaker change nothing, so they cost nothing
		}
		return b.succeed(id, p, class, probeMS)
	case Failure:
		return b.fail(id, p, class, probeMS, nowMS)
	default:
		if probeMS != 0 {
			b.Release(id, probeMS)
		}
		return nil
	}
}

func (b Board) succeed(id string, p abi.BreakerPolicy, class abi.Class, probeMS int64) []Event {
	var events []Event
	written := b.change(id, func(c *Circuit) (*Circuit, bool) {
		events = nil
		if c == nil {
			return nil, false
		}
		next := *c
		next.end(probeMS)
		next.Successes++
		if next.Successes < p.SuccessThreshold {
			return &next, true
		}
		events = []Event{{id, HalfOpen, Closed, class}}
		return nil, true
	})
	if !written {
		return nil
	}
	if events != nil {
		b.Store.Swap(abi.KeyFailures+id, nil, 0)
	}
	return events
}

func (b Board) fail(id string, p abi.BreakerPolicy, class abi.Class, probeMS, nowMS int64) []Event {
	if probeMS == 0 && !b.count(id, p, nowMS) {
		return nil
	}
	var events []Event
	written := b.change(id, func(c *Circuit) (*Circuit, bool) {
		events = nil
		if c != nil && (c.Phase(nowMS) == Open || probeMS == 0) {
			// Open already, or the failure of a request that began before it opened: it says nothing new.
			return c, false
		}
		from := Closed
		if c != nil {
			from = HalfOpen
		}
		events = []Event{{id, from, Open, class}}
		return &Circuit{ID: id, UntilMS: nowMS + int64(p.OpenMS)}, true
	})
	if !written {
		return nil
	}
	return events
}

// count adds a failure to the window of a closed breaker and tells whether that trips it.
func (b Board) count(id string, p abi.BreakerPolicy, nowMS int64) bool {
	tripped, _ := store.Update(b.Store, abi.KeyFailures+id, func(old []byte) ([]byte, bool, bool) {
		r := reader{b: old}
		var recent []int64
		for _, at := range r.ints() {
			if nowMS-at < int64(p.WindowMS) {
				recent = append(recent, at)
			}
		}
		recent = append(recent, nowMS)
		if len(recent) > p.FailureThreshold {
			recent = recent[len(recent)-p.FailureThreshold:]
		}
		return appendInts(nil, recent), len(recent) >= p.FailureThreshold, true
	})
	return tripped
}
