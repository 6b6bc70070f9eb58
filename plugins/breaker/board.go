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
	UntilMS    int64     // of one that opened: open until then
}

// Attempt is what a breaker must know of one that has ended.
type Attempt struct {
	Class        abi.Class
	RetryAfterMS int64  // what its answer asked for; 0: nothing
	ProbeMS      int64  // when its probe began; 0: it was none
	NowMS        int64  // when it ended
	Seed         uint64 // of its request

	// Recent and RecentFailed count the deployment's attempts within the policy's window, this one included; they are
	// looked at where the policy has a FailurePercent.
	Recent, RecentFailed int
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

// Record tells the board how an attempt ended. It returns the transition that followed, if one did.
func (b Board) Record(id string, p abi.BreakerPolicy, a Attempt) (Event, bool) {
	if !p.Enabled {
		return Event{}, false
	}
	effect := EffectOf(&a, p)
	switch {
	case effect == Success && a.ProbeMS != 0: // successes of a closed breaker change nothing, so they cost nothing
		return b.succeed(id, p, &a)
	case effect == Opens, effect == Failure && (a.ProbeMS != 0 || b.count(id, p, &a)):
		return b.open(id, p, &a, effect == Opens)
	case effect == Nothing && a.ProbeMS != 0:
		b.Release(id, a.ProbeMS)
	}
	return Event{}, false
}

// succeed counts a probe's success.
func (b Board) succeed(id string, p abi.BreakerPolicy, a *Attempt) (Event, bool) {
	closed := false
	written := b.change(id, func(c *Circuit) (*Circuit, bool) {
		closed = false
		if c == nil {
			return nil, false
		}
		next := *c
		next.end(a.ProbeMS)
		next.Successes++
		if closed = next.Successes >= p.SuccessThreshold; closed {
			return nil, true
		}
		return &next, true
	})
	if !written || !closed {
		return Event{}, false
	}
	b.Store.Swap(abi.KeyFailures+id, nil, 0)
	return Event{Deployment: id, From: HalfOpen, To: Closed, Class: a.Class}, true
}

// open opens a circuit, unless the attempt says nothing new: it is open already, or the attempt began before it opened.
// atOnce: the attempt needed no others to open it.
func (b Board) open(id string, p abi.BreakerPolicy, a *Attempt, atOnce bool) (Event, bool) {
	var event Event
	opened := false
	written := b.change(id, func(c *Circuit) (*Circuit, bool) {
		opened = false
		event = Event{Deployment: id, From: Closed, To: Open, Class: a.Class}
		next := Circuit{ID: id}
		if c != nil {
			if c.Phase(a.NowMS) == Open || a.ProbeMS == 0 {
				return b.lengthen(c, p, a, atOnce)
			}
			event.From, next.Trips = HalfOpen, c.Trips
		}
		next.Trips++
		next.Class = a.Class
		next.UntilMS = a.NowMS + pauseMS(p, next.Trips, a.RetryAfterMS, a.Seed)
		event.UntilMS, opened = next.UntilMS, true
		return &next, true
	})
	return event, written && opened
}

// lengthen keeps a circuit that is not closed as it is, but for an answer that asks to wait for longer than it is open: it
// knows better than the pause that was guessed.
func (b Board) lengthen(c *Circuit, p abi.BreakerPolicy, a *Attempt, atOnce bool) (*Circuit, bool) {
	if !atOnce || a.RetryAfterMS == 0 || c.Phase(a.NowMS) != Open {
		return c, false
	}
	until := a.NowMS + pauseMS(p, c.Trips, a.RetryAfterMS, a.Seed)
	if until <= c.UntilMS {
		return c, false
	}
	next := *c
	next.UntilMS, next.Class = until, a.Class
	return &next, true
}
