package routing

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/signal"
	"github.com/routeiq/routeiq/plugins/store"
	"github.com/routeiq/routeiq/plugins/window"
	"github.com/routeiq/routeiq/plugins/worker"
)

// Memory is what a worker remembers from request to request: the store it shares with the others, and what it counts by
// itself. One worker has one, whatever documents it runs; it is not safe for concurrent use.
type Memory struct {
	Store  store.Store
	Worker *worker.Member

	signals *signal.Board
	models  map[string]*model // by digest

	budget *window.Window            // requests, and the repeats that were made for them
	rates  map[string]*window.Window // by deployment whose breaker looks at rates: attempts, and those that failed
	others map[string]worker.Count   // the same of all other workers, as of the last tick
}

// NewMemory returns the memory of a worker that has just begun.
func NewMemory(s store.Store) *Memory {
	w := worker.NewMember(s)
	return &Memory{
		Store: s, Worker: w, signals: signal.NewBoard(s, w),
		budget: window.New(abi.BudgetWindowMS), rates: map[string]*window.Window{},
	}
}

// Tick tells the other workers that this one is alive and what it counted, and looks what they counted. It is called every
// worker.BeatMS where the document needs it (see NeedsTick).
func (m *Memory) Tick(nowMS int64) {
	m.Worker.Beat(nowMS)
	counts := make([]worker.Count, 0, len(m.rates))
	for id, w := range m.rates {
		if total, bad := w.Sum(nowMS); total > 0 {
			counts = append(counts, worker.Count{Name: id, Total: total, Bad: bad})
		} else {
			delete(m.rates, id)
		}
	}
	m.Worker.Publish(counts, nowMS)
	m.others = m.Worker.Others(nowMS)
	m.signals.Tick(nowMS)
}

// NeedsTick tells whether something in the document is counted over all workers.
func (r *Router) NeedsTick() bool {
	if r.config.Limits.MaxConcurrentRequests > 0 || r.config.Breaker.FailurePercent > 0 || len(r.config.Budgets) > 0 {
		return true
	}
	for _, g := range r.groups {
		if g.limited || g.learns() {
			return true
		}
		for _, d := range g.deployments {
			if d.Breaker != nil && d.Breaker.FailurePercent > 0 {
				return true
			}
		}
	}
	return false
}

// Record tells a deployment's breaker how an attempt ended, and counts it where the breaker looks at rates. It returns the
// transition that followed, if one did.
func (m *Memory) Record(id string, p abi.BreakerPolicy, a breaker.Attempt) (breaker.Event, bool) {
	if p.Enabled && p.FailurePercent > 0 {
		a.Recent, a.RecentFailed = m.recent(id, p, &a)
	}
	return breaker.Board{Store: m.Store}.Record(id, p, a)
}

// recent counts an attempt for a breaker that looks at rates, and returns how many there were within its window, and how
// many of them failed.
func (m *Memory) recent(id string, p abi.BreakerPolicy, a *breaker.Attempt) (total, failed int) {
	effect, bad := breaker.EffectOf(a, p), 0
	switch {
	case effect == breaker.Nothing:
		return 0, 0
	case effect.Bad():
		bad = 1
	}
	w := m.rates[id]
	if w == nil {
		w = window.New(p.WindowMS)
		m.rates[id] = w
	}
	w.Add(a.NowMS, 1, bad)
	total, failed = w.Sum(a.NowMS)
	others := m.others[id]
	return total + others.Total, failed + others.Bad
}

// spent tells whether the retry budget has nothing left. Each worker has its own part of the proxy's requests, and its own floor.
func (m *Memory) spent(p abi.RetryPolicy, nowMS int64) bool {
	if p.BudgetPercent >= 100 {
		return false
	}
	requests, repeats := m.budget.Sum(nowMS)
	return repeats > 0 && repeats*100 >= requests*p.BudgetPercent+p.BudgetFloor*100
}
