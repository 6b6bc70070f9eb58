package limit

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/store"
	"github.com/routeiq/routeiq/plugins/worker"
)

// Board is the limits of all deployments of a proxy, as one of its workers sees them.
type Board struct {
	Store  store.Store
	Worker *worker.Member
}

// Proxy is the name under which the limit of the whole proxy is kept: no deployment has it.
const Proxy = ""

// Ticket is a place that was taken, and must be given back.
type Ticket struct {
	name    string
	worker  worker.ID
	tokens  int
	beganMS int64 // of the minute it was taken in
	Taken   bool  // there is something to give back
}

// Full tells what leaves no room for another attempt, and after how many milliseconds there may be some; "" when there is
// room now.
func (b Board) Full(name string, l Limits, tokens int, nowMS int64) (why abi.Reason, waitMS int64) {
	value, _, _ := b.Store.Get(abi.KeyLimit + name)
	s := parse(value)
	switch why = s.full(l, tokens, nowMS, b.lost(nowMS)); why {
	case "":
		return "", 0
	case abi.ReasonParallel:
		return why, 1000 // who knows when one of them ends
	}
	return why, max(s.BeganMS+WindowMS-nowMS, 1)
}

// Take takes a place; it tells what leaves no room where there is none. A place that is forced is taken in any case: the
// attempt is on its way already.
func (b Board) Take(name string, l Limits, tokens int, nowMS int64, forced bool) (Ticket, abi.Reason) {
	t := Ticket{name: name, worker: b.Worker.ID(nowMS), tokens: tokens, Taken: true}
	type result struct {
		why     abi.Reason
		beganMS int64
	}
	r, ok := store.Update(b.Store, abi.KeyLimit+name, func(old []byte) ([]byte, result, bool) {
		s := parse(old)
		if why := s.full(l, tokens, nowMS, b.lost(nowMS)); why != "" && !forced {
			return nil, result{why: why}, false
		}
		s.take(t.worker, tokens, nowMS, b.lost(nowMS))
		return s.append(nil), result{beganMS: s.BeganMS}, true
	})
	switch {
	case !ok: // so many others want it that there can be no room
		return Ticket{}, abi.ReasonParallel
	case r.why != "":
		return Ticket{}, r.why
	}
	t.beganMS = r.beganMS
	return t, ""
}

// Give gives a place back. tokens is what the attempt really took; 0: its answer did not say.
func (b Board) Give(t Ticket, tokens int) {
	more := 0
	if tokens > 0 {
		more = tokens - t.tokens
	}
	store.Update(b.Store, abi.KeyLimit+t.name, func(old []byte) ([]byte, struct{}, bool) {
		s := parse(old)
		s.give(t.worker, more, t.beganMS)
		return s.append(nil), struct{}{}, true
	})
}

func (b Board) lost(nowMS int64) func(worker.ID) bool {
	return func(id worker.ID) bool { return b.Worker.Lost(id, nowMS) }
}
