package routing

import (
	"slices"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/store"
)

// Route decides. It reads the breakers once; for a deployment whose breaker is half-open and that becomes an attempt it
// takes a probe's place, which must be given back (see Settle and Release). It sets q.Turn when a strategy takes turns and the
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
	r.extend(&d, q, &asked, circuits)
	if len(asked.Fallbacks) > 0 && asked.only == nil && q.Pinned == "" {
		for _, t := range r.fallbacks(&asked) {
			r.extend(&d, q, &t, circuits)
		}
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

// fallbacks returns the targets tried after the one asked for: its fallbacks, then theirs, each group once. Who names a
// deployment, or continues a response that one deployment made, wants that one and gets no fallback.
func (r *Router) fallbacks(asked *target) []target {
	chain := []target{*asked}
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
	return chain[1:]
}

// extend adds a target's attempts to the decision, and what it left out.
func (r *Router) extend(d *abi.Decision, q *abi.Request, t *target, circuits breaker.Table) {
	if t.turns && q.Turn == 0 {
		q.Turn = store.Next(r.store, abi.KeyTurn+t.Name)
	}
	o := t.optionsOf(q.API)
	room := min(1+t.Retries, MaxAttempts-len(d.Attempts))
	if d.Attempts == nil {
		d.Attempts = make([]abi.Attempt, 0, room)
	}
	first, left := len(d.Attempts), len(d.LeftOut)
	var gone []string
	for {
		candidates := r.field(d, q, t, o, circuits, gone)
		d.Attempts = choose(d.Attempts, q, t, o, candidates, room)
		lost := r.probe(d.Attempts[first:], q)
		if lost == "" {
			break
		}
		// Another worker took the place meanwhile. The choice is made again as if it had been known from the start, so that
		// the log line tells the whole of it.
		r.release(d.Attempts[first:], q, lost)
		gone = append(gone, lost)
		d.Attempts, d.LeftOut = d.Attempts[:first], d.LeftOut[:left]
	}
	// Retries that are left go over the same deployments again, in the same order; a probe is made once.
	for i, n := first, len(d.Attempts); n > first && len(d.Attempts)-first < room && i < len(d.Attempts); i++ {
		if !d.Attempts[i].Probe {
			d.Attempts = append(d.Attempts, d.Attempts[i])
		}
	}
}

// probe takes the places of the attempts that are probes; it returns the first deployment that has none left.
func (r *Router) probe(attempts []abi.Attempt, q *abi.Request) (lost string) {
	for i := range attempts {
		a := &attempts[i]
		if a.Probe && !r.board.Probe(a.Deployment.ID, r.Policy(a.Deployment), q.NowMS) {
			return a.Deployment.ID
		}
	}
	return ""
}

// release gives the places back that probe took before it came to lost.
func (r *Router) release(attempts []abi.Attempt, q *abi.Request, lost string) {
	for i := range attempts {
		if attempts[i].Deployment.ID == lost {
			return
		}
		if attempts[i].Probe {
			r.board.Release(attempts[i].Deployment.ID, q.NowMS)
		}
	}
}
