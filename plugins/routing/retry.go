package routing

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
)

// Worth tells whether the attempt after one that ended as class is worth making.
func Worth(class abi.Class, last, next *abi.Attempt) bool {
	switch class {
	case abi.ClassRateLimited, abi.ClassServerError, abi.ClassConnect, abi.ClassReset, abi.ClassTimeout, abi.ClassMalformed:
		return true
	case abi.ClassAuth, abi.ClassNotFound:
		return next.Deployment != last.Deployment // our fault, not the client's; but the same place says the same again
	default: // ok, cancelled, and what another deployment would refuse as well
		return false
	}
}

// Release gives the places of probes back that will not be made: made is the number of attempts that were. It is called
// once a request, as soon as no further attempt can follow: a long answer would hold them.
func (r *Router) Release(q *abi.Request, d *abi.Decision, made int) {
	for i := made; i < len(d.Attempts); i++ {
		if a := &d.Attempts[i]; a.Probe {
			r.board.Release(a.Deployment.ID, q.NowMS)
		}
	}
}

// Settle tells the breakers how the attempts that were made ended; outcomes are theirs, in order. It returns the
// transitions that followed.
func (r *Router) Settle(q *abi.Request, d *abi.Decision, outcomes []abi.Outcome, nowMS int64) (events []breaker.Event) {
	for i := range outcomes {
		a := &d.Attempts[i]
		probeMS := int64(0)
		if a.Probe {
			probeMS = q.NowMS
		}
		events = append(events, r.board.Record(a.Deployment.ID, r.Policy(a.Deployment), outcomes[i].Class, probeMS, nowMS)...)
	}
	return events
}
