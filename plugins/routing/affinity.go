package routing

import (
	"slices"

	"github.com/routeiq/routeiq/abi"
)

// stick finds who served the request's session last. A decision that is made again is told.
func (r *Router) stick(q *abi.Request, g *group) {
	if g.Affinity == nil || q.Session == "" || !q.Continued || q.Sticky != "" {
		return
	}
	q.Sticky, _ = r.sessions.Get(g.Name, q.Session, q.NowMS, int64(g.Affinity.TTLMS))
}

// served remembers who served the request's session. Only the group that was asked for counts: a fallback is for the moment.
func (run *Run) served(a *abi.Attempt, nowMS int64) {
	g := run.router.groups[a.Group]
	if g.Affinity == nil || run.request.Session == "" || a.Group != run.Decision.Group {
		return
	}
	run.router.sessions.Put(g.Name, run.request.Session, a.Deployment.ID, nowMS, int64(g.Affinity.TTLMS))
}

// sticking returns the candidate that served the session last, where the group holds sessions to their deployment; -1: none.
func (t *target) sticking(q *abi.Request, candidates []abi.Candidate) int {
	if q.Sticky == "" || t.Affinity == nil || t.Affinity.Mode != abi.AffinityStick {
		return -1
	}
	return slices.IndexFunc(candidates, func(c abi.Candidate) bool { return c.ID == q.Sticky })
}
