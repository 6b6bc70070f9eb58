package routing

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/limit"
)

// field returns the deployments of a target that are eligible and admitted, sorted by id, and notes why the others are
// not. gone are those whose last place, a probe's or of a limit, another worker took. The list is the router's own, until the
// next one is made.
func (r *Router) field(d *abi.Decision, q *abi.Request, t *target, o *options, circuits breaker.Table, gone []abi.LeftOut) []abi.Candidate {
	if cap(r.candidates) < len(o.all) {
		r.candidates = make([]abi.Candidate, 0, len(o.all))
	}
	candidates := r.candidates[:0]
	suits, tagged := o.suits(q), r.tagsFor(q, o)
	if t.only == nil {
		d.LeftOut = append(d.LeftOut, o.without...)
		if suits && tagged.any && len(r.budgets) == 0 && len(circuits) == 0 && !t.limited && len(gone) == 0 {
			return append(candidates, o.candidates...) // as for most requests
		}
	}
	for i := range o.all {
		p := o.all[i].attempt.Deployment
		if t.only != nil && p != t.only {
			continue // a client that names one deployment does not consider the others
		}
		reason, probe := abi.Reason(""), false
		if !suits {
			reason = ineligible(q, p)
		}
		if reason == "" && !tagged.fits(p) {
			reason = abi.ReasonTags
		}
		if reason == "" && r.overBudget(p, q.NowMS) {
			reason = abi.ReasonBudget
		}
		if reason == "" && len(circuits) > 0 {
			if probe, reason = r.admit(p, circuits.Find(p.ID), q.NowMS); probe && probes(d.Attempts, p) {
				reason = abi.ReasonProbing // by this very request, in a group before this one: a probe is made once
			}
		}
		if reason == "" && t.limited {
			reason = r.limit(p, q)
		}
		for _, g := range gone {
			if g.Deployment == p.ID {
				reason = g.Reason
			}
		}
		if reason != "" {
			d.LeftOut = append(d.LeftOut, abi.LeftOut{Deployment: p.ID, Reason: reason})
			continue
		}
		candidates = append(candidates, o.candidates[i])
		candidates[len(candidates)-1].Probe = probe
	}
	if t.only != nil && len(candidates) == 0 {
		for _, l := range o.without {
			if l.Deployment == t.only.ID {
				d.LeftOut = append(d.LeftOut, l)
			}
		}
	}
	return candidates
}

// admit asks a deployment's breaker.
func (r *Router) admit(p *abi.Deployment, c *breaker.Circuit, nowMS int64) (probe bool, why abi.Reason) {
	policy := r.Policy(p)
	switch {
	case c == nil || !policy.Enabled:
		return false, ""
	case c.Phase(nowMS) == breaker.Open && c.Class == abi.ClassRateLimited:
		return false, abi.ReasonRateLimited
	case c.Phase(nowMS) == breaker.Open:
		return false, abi.ReasonOpen
	case !c.Admits(policy, nowMS):
		return false, abi.ReasonProbing
	}
	return true, ""
}

// probes tells whether one of the attempts is a deployment's probe.
func probes(attempts []abi.Attempt, p *abi.Deployment) bool {
	for i := range attempts {
		if attempts[i].Probe && attempts[i].Deployment == p {
			return true
		}
	}
	return false
}

// limit asks a deployment's limits.
func (r *Router) limit(p *abi.Deployment, q *abi.Request) abi.Reason {
	l := limit.Of(p)
	if !l.Any() {
		return ""
	}
	why, _ := r.limits.Full(p.ID, l, q.InputTokens, q.NowMS)
	return why
}

// choose adds up to room attempts: the strategy's pick, its pick over the rest, and so on. It uses candidates up.
func choose(attempts []abi.Attempt, q *abi.Request, t *target, o *options, strategy Strategy, candidates []abi.Candidate, room int) []abi.Attempt {
	for n := 0; n < room && len(candidates) > 0; n++ {
		i := t.sticking(q, candidates)
		if i < 0 {
			i = pick(q, o, strategy, candidates)
		}
		attempts = append(attempts, o.find(candidates[i].ID).made(t.star, candidates[i].Probe))
		if n < room-1 {
			candidates = takeOut(candidates, i)
		}
	}
	return attempts
}

// handful is how many candidates are moved by hand: copy pays a call for them.
const handful = 16

// takeOut takes one out of candidates, in their own memory.
func takeOut(candidates []abi.Candidate, i int) []abi.Candidate {
	last := len(candidates) - 1
	if last-i > handful {
		copy(candidates[i:], candidates[i+1:])
		return candidates[:last]
	}
	for ; i < last; i++ {
		candidates[i] = candidates[i+1]
	}
	return candidates[:last]
}

// pick asks the strategy for one of the candidates with the lowest order.
func pick(q *abi.Request, o *options, strategy Strategy, candidates []abi.Candidate) int {
	if !o.ordered {
		return strategy.Pick(q, candidates)
	}
	lowest := candidates[0].Order
	for _, c := range candidates[1:] {
		lowest = min(lowest, c.Order)
	}
	var best []abi.Candidate
	var at []int
	for i, c := range candidates {
		if c.Order == lowest {
			best, at = append(best, c), append(at, i)
		}
	}
	return at[strategy.Pick(q, best)]
}

// find returns the option of a deployment that is among them; they are sorted by id.
func (o *options) find(id string) *option {
	low, high := 0, len(o.all)-1
	for low < high {
		if middle := (low + high) / 2; o.all[middle].attempt.Deployment.ID < id {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return &o.all[low]
}
