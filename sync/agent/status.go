package agent

import (
	"time"

	"github.com/routeiq/routeiq/abi"
)

// Status is what an agent does, at one moment.
type Status struct {
	Source    string
	Sync      bool
	Interval  time.Duration
	HotReload bool
	Rollback  bool

	Attempt time.Time // the last fetch; zero: none
	Success time.Time // of the last fetch that was put to use, or found nothing new
	Next    time.Time // zero: when something asks
	Failure *Failure  // what is wrong now; nil: nothing
	Held    *Held

	Active *Active // nil: nothing is served
	// Waiting is what was checked and waits to be asked for; empty: nothing does.
	Waiting string
	Change  *Change // the last one, or that of what waits
	Swaps   int     // publications since the start
	Leads   bool
	Fence   uint64 // the generation of this agent's lease

	// Validator is the source's own word for what is active, an ETag or a generation; empty: it is not known, or there is none.
	Validator string
}

// Active is what is served.
type Active struct {
	ID       string // of the source's content
	Revision string // of the document, as modules report it
	Hash     string // of the source's text: 16 hex digits
	State    string // active, watched, or good
	Models   int
	At       time.Time   // since when
	Config   *abi.Config // is not changed any more
	CORS     abi.CORS    // which pages may call
}

// Status tells what the agent does.
func (a *Agent) Status() Status {
	generation, leads := a.o.Lease.Leader()
	a.mu.Lock()
	defer a.mu.Unlock()
	s := Status{
		Source: a.o.Source, Sync: a.o.Sync, Interval: a.o.Interval, HotReload: a.o.HotReload, Rollback: a.o.Rollback,
		Attempt: a.attempt, Success: a.success, Next: a.next, Failure: a.failure, Held: a.held, Change: a.last, Swaps: a.swaps,
		Leads: leads, Fence: generation, Validator: a.seen.Validator(),
	}
	if l := a.active; l != nil {
		s.Active = &Active{ID: l.revision.ID, Revision: l.Revision, Hash: l.hash, State: "active", Models: l.models, At: l.at, Config: &l.Config, CORS: l.CORS}
		switch {
		case l.revision.State == "good":
			s.Active.State = "good"
		case a.watching != nil && !a.watching.failed:
			s.Active.State = "watched"
		}
	}
	if a.pending != nil {
		s.Waiting = a.pending.revision.ID
	}
	return s
}
