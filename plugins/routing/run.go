package routing

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/limit"
)

// Run is a request on its way through the attempts of its decision. Who makes the attempts asks it what comes next:
//
//	Begin → Advance → (Retry → Advance)* → Pass → End
//
// An attempt that fails without a word, because its connection did, is followed by the planned one: Advance is called then
// without Retry before it. Pass and End are called once.
type Run struct {
	Decision abi.Decision

	router  *Router
	request *abi.Request
	at      int // the attempt under way; -1: none yet
	planned int // the one that comes next; -1: none
	made    []bool
	tickets []limit.Ticket    // by attempt; nil: no attempt has limits
	barred  []*abi.Deployment // they would say again what they said
	passed  bool
}

// Begin decides.
func (r *Router) Begin(q *abi.Request) Run {
	q.Spent = q.Spent || r.memory.spent(r.config.Retry, q.NowMS)
	r.memory.budget.Add(q.NowMS, 1, 0)
	return r.begin(q, nil, nil)
}

// BeginPlain decides without the group's own strategy, which failed: by the default one. The decision says so.
func (r *Router) BeginPlain(q *abi.Request) Run {
	run := r.begin(q, r.plain, nil)
	run.Decision.Strategy = abi.DefaultStrategy + PlainMark + run.Decision.Strategy
	return run
}

// PlainMark stands in a decision's strategy before the name of the one that failed.
const PlainMark = "; failed="

func (r *Router) begin(q *abi.Request, plain Strategy, then []abi.Seen) Run {
	run := Run{router: r, request: q, at: -1, planned: -1}
	var first limit.Ticket
	run.Decision, first = r.route(q, plain, then)
	if n := len(run.Decision.Attempts); n > 0 {
		run.planned = 0
		run.made = make([]bool, n)
		if first.Taken {
			run.hold(0, first)
		}
	}
	return run
}

// Route decides, and makes no attempt: for those who ask what would be decided.
func (r *Router) Route(q *abi.Request) abi.Decision { return r.Begin(q).Decision }

// Again makes a decision again, from what was known when it was made.
func (r *Router) Again(q *abi.Request, then []abi.Seen) abi.Decision {
	return r.begin(q, nil, then).Decision
}

// Planned returns the attempt that is made next, or nil.
func (run *Run) Planned() *abi.Attempt {
	if run.planned < 0 {
		return nil
	}
	return &run.Decision.Attempts[run.planned]
}

// Advance tells that the planned attempt is made now, and plans the one that follows if it cannot be reached. It returns
// the attempt and its place in the decision, or nil when none was planned.
func (run *Run) Advance(nowMS int64) (int, *abi.Attempt) {
	if run.planned < 0 {
		return -1, nil
	}
	run.at = run.planned
	run.made[run.at] = true
	a := &run.Decision.Attempts[run.at]
	if l := limit.Of(a.Deployment); l.Any() && run.at > 0 {
		// It is on its way: it counts, also where its limit was reached since it was planned.
		ticket, _ := run.router.limits.Take(a.Deployment.ID, l, run.request.InputTokens, nowMS, true)
		run.hold(run.at, ticket)
	}
	run.begun(a, nowMS)
	if run.repeats(run.at) {
		run.router.memory.budget.Add(nowMS, 0, 1)
	}
	run.planned = run.after(abi.ClassConnect, nowMS)
	return run.at, a
}

func (run *Run) hold(i int, t limit.Ticket) {
	if run.tickets == nil {
		run.tickets = make([]limit.Ticket, len(run.Decision.Attempts))
	}
	run.tickets[i] = t
}

// Retry tells that the attempt under way ended as class, and plans the attempt that follows. It reports whether one does.
func (run *Run) Retry(class abi.Class, nowMS int64) bool {
	switch class {
	case abi.ClassAuth, abi.ClassNotFound, abi.ClassRateLimited:
		run.barred = append(run.barred, run.Decision.Attempts[run.at].Deployment)
	}
	run.planned = run.after(class, nowMS)
	return run.planned >= 0
}

// PauseMS is how long the planned attempt is to be put off: a deployment that was tried is not tried again at once.
func (run *Run) PauseMS() int {
	a := run.Planned()
	for i, made := range run.made {
		if made && run.Decision.Attempts[i].Deployment == a.Deployment {
			return run.router.groups[a.Group].RetryAfterMS
		}
	}
	return 0
}

// Pass tells that the attempt under way answers the client: no other is made from here on, and the probes that were not
// needed are given back now, since a long answer would hold them.
func (run *Run) Pass() {
	run.passed = true
	for i := range run.Decision.Attempts {
		if a := &run.Decision.Attempts[i]; a.Probe && !run.made[i] {
			run.router.board.Release(a.Deployment.ID, run.request.NowMS)
		}
	}
}

// End tells how the attempts ended; outcomes has one for each of the decision, without a class for those that were not
// made. It returns the transitions of breakers that followed.
func (run *Run) End(outcomes []abi.Outcome, nowMS int64) (events []breaker.Event) {
	if !run.passed {
		run.Pass()
	}
	for i := range run.tickets {
		if t := run.tickets[i]; t.Taken {
			run.router.limits.Give(t, outcomes[i].Usage.Input+outcomes[i].Usage.Output)
		}
	}
	for i := range outcomes {
		if run.made[i] {
			run.over(&run.Decision.Attempts[i], nowMS)
		}
		if outcomes[i].Class == "" {
			continue
		}
		if outcomes[i].Class == abi.ClassOK {
			run.served(&run.Decision.Attempts[i], nowMS)
		}
		run.learn(&run.Decision.Attempts[i], &outcomes[i], nowMS)
		if e, ok := run.record(&run.Decision.Attempts[i], &outcomes[i], nowMS); ok {
			events = append(events, e)
		}
	}
	return events
}

// record tells a deployment's breaker how an attempt ended.
func (run *Run) record(a *abi.Attempt, o *abi.Outcome, nowMS int64) (breaker.Event, bool) {
	p := run.router.Policy(a.Deployment)
	ended := breaker.Attempt{Class: o.Class, RetryAfterMS: o.RetryAfterMS, NowMS: nowMS, Seed: run.request.Seed}
	if a.Probe {
		ended.ProbeMS = run.request.NowMS
	}
	return run.router.memory.Record(a.Deployment.ID, p, ended)
}

// Admit takes a place for a request among those the proxy handles at one time; the refusal says that there is none. The
// ticket must be given back.
func (r *Router) Admit(nowMS int64) (limit.Ticket, *abi.Refusal) {
	most := r.config.Limits.MaxConcurrentRequests
	if most == 0 {
		return limit.Ticket{}, nil
	}
	t, why := r.limits.Take(limit.Proxy, limit.Limits{Parallel: most}, 0, nowMS, false)
	if why != "" {
		return limit.Ticket{}, refuseOverCapacity(most)
	}
	return t, nil
}

// Leave gives a place back that Admit took.
func (r *Router) Leave(t limit.Ticket) {
	if t.Taken {
		r.limits.Give(t, 0)
	}
}
