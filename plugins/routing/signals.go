package routing

import (
	"slices"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/limit"
	"github.com/routeiq/routeiq/plugins/signal"
	"github.com/routeiq/routeiq/plugins/store"
)

// hold takes the records of the deployments whose signals are needed.
func (r *Router) hold() {
	r.records = map[string]*signal.Record{}
	for _, g := range r.groups {
		if !g.learns() {
			continue
		}
		for _, d := range g.deployments {
			r.records[d.ID] = r.memory.signals.Hold(d.ID)
			if g.needs&abi.SignalOutput != 0 {
				r.pool(g, d)
			}
		}
		for i := range g.options {
			for n := range g.options[i].all {
				o := &g.options[i].all[n]
				o.record = r.records[o.attempt.Deployment.ID]
				g.options[i].candidates[n].Signals = o.record.Signals()
			}
		}
	}
	r.holdBudgets()
}

// learns tells whether something is learned of the group's deployments.
func (g *group) learns() bool { return g.needs&^abi.SignalScore != 0 }

// prepare makes the keys exist in which every request counts: limits and turns are exact from the first request on.
func (r *Router) prepare() {
	if r.config.Limits.MaxConcurrentRequests > 0 {
		store.Prepare(r.memory.Store, abi.KeyLimit+limit.Proxy)
	}
	for _, g := range r.groups {
		if g.turns {
			store.Prepare(r.memory.Store, abi.KeyTurn+g.Name)
		}
		for _, d := range g.deployments {
			if limit.Of(d).Any() {
				store.Prepare(r.memory.Store, abi.KeyLimit+d.ID)
			}
		}
	}
}

// pool makes the length of answers one for all deployments of a group that have the same model.
func (r *Router) pool(g *group, d *abi.Deployment) {
	id := "\x00length/" + g.Name + "\x00" + d.Model // no deployment's id begins so
	if r.records[id] == nil {
		r.records[id] = r.memory.signals.Hold(id)
	}
	r.records[d.ID].Share(r.records[id])
}

// Close tells that no request begins with this router any more.
func (r *Router) Close() {
	r.releaseModels()
	for _, record := range r.records {
		r.memory.signals.Release(record)
	}
}

// inform gives candidates what is known of them beyond their records: a learner's estimate, what a trained model gives them, and
// what a replay says was known then; seen nil: what is known now. They are in the order of the group's options.
func (r *Router) inform(d *abi.Decision, q *abi.Request, t *target, o *options, candidates []abi.Candidate, seen []abi.Seen) {
	own := t.learner != nil || t.judge != nil || t.asking != nil // the signals are this decision's own
	if t.needs == 0 || !own && len(seen) == 0 {
		return
	}
	if own && cap(r.signals) < len(candidates) {
		r.signals = make([]abi.Signals, len(candidates))
	}
	var scores []float64
	switch {
	case len(seen) > 0:
	case t.judge != nil:
		scores = t.judged(d, q)
	case t.asking != nil:
		scores = t.concluded(d, q)
	}
	at := 0
	for i := range candidates {
		c := &candidates[i]
		for o.all[at].attempt.Deployment != c.Deployment {
			at++
		}
		if own {
			s := &r.signals[:cap(r.signals)][i]
			*s = abi.Signals{}
			if c.Signals != nil {
				*s = *c.Signals
			}
			if t.learner != nil {
				s.Estimate = t.learner.Estimate(q, o.all[at].record.Sums(&t.settings))
			}
			if t.judge != nil || t.asking != nil {
				score(s, scores, o.all[at].places)
			}
			c.Signals = s
		}
		for n := range seen {
			if seen[n].Deployment == c.ID {
				c.Signals = &seen[n].Signals
			}
		}
	}
}

// maxSeen bounds how many candidates' signals a decision keeps for its log line: a line is no place for a thousand.
const maxSeen = 64

// remember keeps what the strategy was told of the candidates, of those signals it needs.
func remember(d *abi.Decision, needs abi.SignalSet, candidates []abi.Candidate) {
	if needs == 0 {
		return
	}
	if len(d.Seen)+len(candidates) > maxSeen {
		d.Unseen += len(candidates)
		return
	}
	d.Seen = slices.Grow(d.Seen, len(candidates))
	for i := range candidates {
		d.Seen = append(d.Seen, abi.Seen{Deployment: candidates[i].ID, Signals: candidates[i].Signals.Only(needs)})
	}
}

// begun tells the signals that an attempt is on its way.
func (run *Run) begun(a *abi.Attempt, nowMS int64) {
	g := run.router.groups[a.Group]
	if g.needs&(abi.SignalInFlight|abi.SignalUsage) == 0 {
		return
	}
	record := run.router.records[a.Deployment.ID]
	if g.needs&abi.SignalInFlight != 0 {
		record.Begin(nowMS)
	}
	if g.needs&abi.SignalUsage != 0 {
		record.Use(1, 0, nowMS)
	}
}

// over tells the signals that an attempt is not under way any more.
func (run *Run) over(a *abi.Attempt, nowMS int64) {
	if run.router.groups[a.Group].needs&abi.SignalInFlight != 0 {
		run.router.records[a.Deployment.ID].Leave(nowMS)
	}
}

// learn tells the signals how an attempt ended.
func (run *Run) learn(a *abi.Attempt, o *abi.Outcome, nowMS int64) {
	run.router.spend(a.Deployment, o.Usage, nowMS)
	g := run.router.groups[a.Group]
	if !g.learns() {
		return
	}
	record := run.router.records[a.Deployment.ID]
	u := &o.Usage
	if g.needs&abi.SignalUsage != 0 {
		record.Use(0, u.Input+u.Output, nowMS)
	}
	failed := run.router.AtFault(a.Deployment, o)
	switch {
	case o.Class == abi.ClassOK:
		run.learnAnswer(record, g, o, nowMS)
	case o.Class == abi.ClassTimeout && g.needs&abi.SignalLatency != 0:
		record.Answer(timeoutMS, -1, &g.settings, nowMS)
	}
	if g.learner != nil && (o.Class == abi.ClassOK || failed) {
		e := Experience{Request: run.request, Deployment: a.Deployment, Outcome: o, Failed: failed}
		record.Learn(&g.settings, nowMS, func(own []float64) { g.learner.Learn(own, &e) })
	}
}

// timeoutMS stands in the list of latencies for an answer that did not come in time: LiteLLM's penalty of 1000 seconds.
const timeoutMS = 1_000_000

// learnAnswer learns from a whole answer.
func (run *Run) learnAnswer(record *signal.Record, g *group, o *abi.Outcome, nowMS int64) {
	u := &o.Usage
	if g.needs&abi.SignalLatency != 0 {
		latency, first := float64(o.DurationMS), -1.0
		if u.Output > 0 {
			latency /= float64(u.Output)
		}
		if run.request.Stream && o.FirstByteMS > 0 {
			first = float64(o.FirstByteMS)
		}
		record.Answer(latency, first, &g.settings, nowMS)
	}
	if g.needs&abi.SignalOutput != 0 && u.Output > 0 {
		record.Length(u.Output, nowMS)
	}
}
