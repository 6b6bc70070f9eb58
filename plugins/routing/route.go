package routing

import (
	"slices"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/limit"
	"github.com/routeiq/routeiq/plugins/store"
)

// draft is a decision that is being made.
type draft struct {
	*Router
	*abi.Decision
	request  *abi.Request
	circuits breaker.Table // read once
	ticket   limit.Ticket  // of the first attempt
	plain    Strategy      // in place of the groups' own; nil: they have theirs
	then     []abi.Seen    // what was known when the decision that is made again was made; nil: what is known now
}

// route decides. It reads the breakers once; for a deployment whose breaker is half-open and that becomes an attempt it
// takes a probe's place, and of the first attempt's limits it takes a place: both must be given back. It sets q.Turn when
// a strategy takes turns and the caller gave none.
func (r *Router) route(q *abi.Request, plain Strategy, then []abi.Seen) (abi.Decision, limit.Ticket) {
	d := abi.Decision{Revision: r.config.Revision}
	asked, refusal := r.ask(q)
	if refusal != nil {
		d.Refusal = refusal
		return d, limit.Ticket{}
	}
	d.Group, d.Strategy = asked.Name, asked.label
	f := draft{Router: r, Decision: &d, request: q, circuits: r.board.Circuits(), plain: plain, then: then}
	asked.spare(q)
	r.stick(q, asked.group)
	f.extend(&asked, "")
	if asked.only == nil && q.Pinned == "" {
		f.fallbacks(&asked)
	}
	if len(d.Attempts) == 0 && asked.WhenAllOpen == abi.WhenAllOpenLeastBad {
		f.leastBad(&asked)
	}
	if len(d.Attempts) == 0 {
		d.Refusal = r.refuse(q, asked, d.LeftOut, f.circuits)
	}
	return d, f.ticket
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
		if refusal := r.refuseThreshold(q.Model); refusal != nil {
			return target{}, refusal
		}
		return target{}, refuseUnknown(q.Model)
	}
	return t, nil
}

// fallbacks adds the groups that are tried after the one asked for. Who names a deployment, or continues a response that one
// deployment made, wants that one and gets none.
func (f *draft) fallbacks(asked *target) {
	names := asked.Fallbacks
	if f.request.Asked.Fallbacks != nil {
		names = f.request.Asked.Fallbacks
	}
	tooLong := len(f.Attempts) == 0 && f.onlyTooLong()
	if tooLong { // the group takes no such input: no upstream needs to say so
		f.chain(asked, asked.ContextFallbacks, func(t *target) []string { return t.ContextFallbacks }, "")
	}
	f.chain(asked, names, func(t *target) []string { return t.Fallbacks }, "")
	if len(f.Attempts) == 0 {
		return // there is no attempt after which the others would be made
	}
	if !tooLong {
		f.chain(asked, asked.ContextFallbacks, func(t *target) []string { return t.ContextFallbacks }, abi.ClassContext)
	}
	f.chain(asked, asked.ContentFallbacks, func(t *target) []string { return t.ContentFallbacks }, abi.ClassContent)
}

// onlyTooLong tells whether deployments were left out for the size of the input, and none for what passes by itself.
func (f *draft) onlyTooLong() bool {
	tooLong := false
	for _, l := range f.LeftOut {
		switch l.Reason {
		case abi.ReasonContext:
			tooLong = true
		case abi.ReasonUnconfigured, abi.ReasonAPI:
		default:
			return false
		}
	}
	return tooLong
}

// chain adds the named groups, then those that they name, each once.
func (f *draft) chain(asked *target, names []string, next func(*target) []string, only abi.Class) {
	if len(names) == 0 {
		return
	}
	seen := []target{*asked}
	add := func(names []string) {
		for _, name := range names {
			t, ok := f.resolve(name)
			if !ok || len(seen) > MaxFallbackGroups || slices.ContainsFunc(seen, func(c target) bool { return c.group == t.group && c.name == t.name }) {
				continue
			}
			seen = append(seen, t)
		}
	}
	add(names)
	for i := 1; i < len(seen); i++ {
		add(next(&seen[i]))
	}
	for i := range seen[1:] {
		f.extend(&seen[1+i], only)
	}
}

// retries is how many attempts a target may have after its first, at most.
func (f *draft) retries(t *target) int {
	if f.request.Asked.Retries != nil {
		return *f.request.Asked.Retries
	}
	most := t.Retries
	for _, c := range t.RetriesByClass {
		most = max(most, c.Count)
	}
	return most
}

// extend adds a target's attempts to the decision, and what it left out.
func (f *draft) extend(t *target, only abi.Class) {
	q, d := f.request, f.Decision
	strategy := t.strategy
	if f.plain != nil {
		strategy = f.plain
	}
	if t.turns && q.Turn == 0 {
		q.Turn = store.Next(f.memory.Store, abi.KeyTurn+t.Name)
	}
	o := t.optionsOf(q.API)
	first, left, seen := len(d.Attempts), len(d.LeftOut), len(d.Seen)
	room := min(1+f.retries(t), f.config.Retry.MaxAttempts-first)
	if room <= 0 {
		return
	}
	if d.Attempts == nil {
		d.Attempts = make([]abi.Attempt, 0, room)
	}
	var gone []abi.LeftOut
	for {
		candidates := f.field(d, q, t, o, f.circuits, gone)
		d.Seen = d.Seen[:seen]
		if f.plain == nil {
			f.inform(d, q, t, o, candidates, f.then)
			remember(d, t.needs, candidates)
			if first == 0 {
				f.beside(t, candidates)
			}
		}
		d.Attempts = choose(d.Attempts, q, t, o, strategy, candidates, room)
		lost, reason := f.take(first)
		if lost == "" {
			break
		}
		// Another worker took the place meanwhile. The choice is made again as if it had been known from the start, so that
		// the log line tells the whole of it.
		gone = append(gone, abi.LeftOut{Deployment: lost, Reason: reason})
		d.Attempts, d.LeftOut = d.Attempts[:first], d.LeftOut[:left]
	}
	// Retries that are left go over the same deployments again, in the same order; a probe is made once.
	for i, n := first, len(d.Attempts); n > first && len(d.Attempts)-first < room && i < len(d.Attempts); i++ {
		if !d.Attempts[i].Probe {
			d.Attempts = append(d.Attempts, d.Attempts[i])
		}
	}
	if q.Spent {
		d.Attempts = withoutRepeats(d.Attempts, first)
	}
	for i := first; i < len(d.Attempts); i++ {
		d.Attempts[i].Only = only
	}
}

// withoutRepeats leaves a group its first attempt and its first failover: what the retry budget does not count.
func withoutRepeats(attempts []abi.Attempt, first int) []abi.Attempt {
	if len(attempts) > first+1 && attempts[first+1].Deployment != attempts[first].Deployment {
		return attempts[:first+2]
	}
	return attempts[:min(len(attempts), first+1)]
}

// take takes the places of the new attempts: of those that are probes, and of the limits of the decision's first. It returns
// the first deployment that has none left, and gives back what it took before.
func (f *draft) take(first int) (lost string, reason abi.Reason) {
	attempts := f.Attempts[first:]
	for i := range attempts {
		p := attempts[i].Deployment
		if attempts[i].Probe && !f.board.Probe(p.ID, f.Policy(p), f.request.NowMS) {
			f.release(attempts[:i])
			return p.ID, abi.ReasonProbing
		}
	}
	if first > 0 || len(attempts) == 0 {
		return "", ""
	}
	p := attempts[0].Deployment
	l := limit.Of(p)
	if !l.Any() {
		return "", ""
	}
	f.ticket, reason = f.limits.Take(p.ID, l, f.request.InputTokens, f.request.NowMS, false)
	if reason != "" {
		f.release(attempts)
		return p.ID, reason
	}
	return "", ""
}

// release gives the places of probes back.
func (f *draft) release(attempts []abi.Attempt) {
	for i := range attempts {
		if attempts[i].Probe {
			f.board.Release(attempts[i].Deployment.ID, f.request.NowMS)
		}
	}
}

// leastBad makes the deployment the only attempt whose breaker will let requests through first, where all that could serve the
// request are paused.
func (f *draft) leastBad(t *target) {
	var best *breaker.Circuit
	for _, l := range f.LeftOut {
		if l.Reason != abi.ReasonOpen && l.Reason != abi.ReasonRateLimited || f.owners[l.Deployment] != t.group {
			continue
		}
		if c := f.circuits.Find(l.Deployment); c != nil && (best == nil || c.UntilMS < best.UntilMS) {
			best = c
		}
	}
	if best == nil {
		return
	}
	f.LeftOut = slices.DeleteFunc(f.LeftOut, func(l abi.LeftOut) bool { return l.Deployment == best.ID })
	attempt := t.optionsOf(f.request.API).find(best.ID).made(t.star, false)
	attempt.Forced = true
	f.Attempts = append(f.Attempts, attempt)
}
