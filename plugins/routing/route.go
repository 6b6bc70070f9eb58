package routing

import (
	"slices"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/store"
)

// Route decides. It reads the breakers once; for a deployment whose breaker is half-open and that becomes an attempt it
// takes a probe's place, which must be given back (see Settle). It sets r.Turn when the strategy takes turns and the
// caller gave none.
func (r *Router) Route(q *abi.Request) abi.Decision {
	d := abi.Decision{Revision: r.config.Revision}
	asked, refusal := r.ask(q)
	if refusal != nil {
		d.Refusal = refusal
		return d
	}
	d.Group, d.Strategy = asked.Name, asked.label
	circuits := r.board.Circuits()
	for _, t := range r.chain(asked, q) {
		if _, turns := t.strategy.(TurnTaker); turns && q.Turn == 0 {
			q.Turn = store.Next(r.store, abi.KeyTurn+t.Name)
		}
		r.extend(&d, q, t, circuits)
	}
	if len(d.Attempts) == 0 {
		d.Refusal = r.refuse(q, asked, d.LeftOut, circuits)
	}
	return d
}

// ask finds what the request is for.
func (r *Router) ask(q *abi.Request) (target, *abi.Refusal) {
	if q.Pinned != "" && q.Model == "" {
		if r.owners[q.Pinned] == nil {
			return target{}, refusePinned()
		}
		return r.owned(q.Pinned), nil
	}
	t, ok := r.resolve(q.Model)
	if !ok {
		return target{}, refuseUnknown(q.Model)
	}
	return t, nil
}

// chain returns the targets in the order they are tried: the one asked for, its fallbacks, theirs, each group once.
// Who names a deployment, or continues a response that one deployment made, wants that one and no fallback.
func (r *Router) chain(asked target, q *abi.Request) []target {
	chain := []target{asked}
	if asked.only != nil || q.Pinned != "" {
		return chain
	}
	for i := 0; i < len(chain) && len(chain) <= MaxFallbackGroups; i++ {
		for _, name := range chain[i].Fallbacks {
			t, ok := r.resolve(name)
			if !ok || slices.ContainsFunc(chain, func(c target) bool { return c.group == t.group && c.name == t.name }) {
				continue
			}
			if chain = append(chain, t); len(chain) > MaxFallbackGroups {
				break
			}
		}
	}
	return chain
}

// extend adds a target's attempts to the decision, and what it left out.
func (r *Router) extend(d *abi.Decision, q *abi.Request, t target, circuits breaker.Table) {
	room := min(1+t.Retries, MaxAttempts-len(d.Attempts))
	candidates := r.candidates(d, q, t, circuits)
	first := len(d.Attempts)
	for len(candidates) > 0 && len(d.Attempts)-first < room {
		best := preferred(candidates)
		pick := best[t.strategy.Pick(q, best)]
		candidates = slices.DeleteFunc(candidates, func(c abi.Candidate) bool { return c.Deployment == pick.Deployment })
		if pick.Probe && !r.board.Probe(pick.ID, r.Policy(pick.Deployment), q.NowMS) {
			d.LeftOut = append(d.LeftOut, abi.LeftOut{Deployment: pick.ID, Reason: abi.ReasonProbing}) // another worker was faster
			continue
		}
		d.Attempts = append(d.Attempts, attempt(pick, t, q.API))
	}
	// Retries that are left go over the same deployments again, in the same order; a probe is made once.
	again := slices.DeleteFunc(slices.Clone(d.Attempts[first:]), func(a abi.Attempt) bool { return a.Probe })
	for i := 0; len(again) > 0 && len(d.Attempts)-first < room; i++ {
		d.Attempts = append(d.Attempts, again[i%len(again)])
	}
}

// candidates returns the deployments of a target that are eligible and admitted, and notes why the others are not.
func (r *Router) candidates(d *abi.Decision, q *abi.Request, t target, circuits breaker.Table) []abi.Candidate {
	candidates := make([]abi.Candidate, 0, len(t.deployments))
	for _, p := range t.deployments {
		if t.only != nil && p != t.only {
			continue // a client that names one deployment does not consider the others
		}
		reason := ineligible(q, p)
		probe := false
		if reason == "" && len(circuits) > 0 {
			probe, reason = r.admit(p, circuits.Find(p.ID), q.NowMS)
		}
		if reason != "" {
			d.LeftOut = append(d.LeftOut, abi.LeftOut{Deployment: p.ID, Reason: reason})
			continue
		}
		candidates = append(candidates, abi.Candidate{Deployment: p, Probe: probe})
	}
	return candidates
}

// admit asks a deployment's breaker.
func (r *Router) admit(p *abi.Deployment, c *breaker.Circuit, nowMS int64) (probe bool, why abi.Reason) {
	policy := r.Policy(p)
	switch {
	case c == nil || !policy.Enabled:
		return false, ""
	case c.Phase(nowMS) == breaker.Open:
		return false, abi.ReasonOpen
	case !c.Admits(policy, nowMS):
		return false, abi.ReasonProbing
	}
	return true, ""
}

// preferred returns the candidates of the lowest order: a strategy chooses among those alone.
func preferred(candidates []abi.Candidate) []abi.Candidate {
	lowest, mixed := candidates[0].Order, false
	for _, c := range candidates[1:] {
		mixed = mixed || c.Order != lowest
		lowest = min(lowest, c.Order)
	}
	if !mixed {
		return candidates
	}
	var best []abi.Candidate
	for _, c := range candidates {
		if c.Order == lowest {
			best = append(best, c)
		}
	}
	return best
}
