package routing

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/signal"
)

// budget is what may be spent at a provider, and what was.
type budget struct {
	*abi.Budget
	record *signal.Record
}

// recordOfBudget names a provider's record. No deployment's id begins so.
const recordOfBudget = "\x00budget/"

// hold takes the records of the budgets.
func (r *Router) holdBudgets() {
	for i := range r.config.Budgets {
		b := &r.config.Budgets[i]
		if r.budgets == nil {
			r.budgets = map[string]budget{}
		}
		record := r.memory.signals.Hold(recordOfBudget + b.Provider)
		r.budgets[b.Provider] = budget{b, record}
		r.records[record.ID] = record // given back with the others
	}
}

// overBudget tells whether the budget of a deployment's provider is spent. What the other workers spent is known as of the last tick.
func (r *Router) overBudget(p *abi.Deployment, nowMS int64) bool {
	b, ok := r.budgets[p.Provider]
	return ok && b.record.Spent(nowMS/b.PeriodMS) >= b.USD
}

// spend counts what an attempt cost.
func (r *Router) spend(p *abi.Deployment, u abi.Usage, nowMS int64) {
	if b, ok := r.budgets[p.Provider]; ok && p.Price != nil {
		b.record.Spend(p.Price.Of(u), nowMS/b.PeriodMS, nowMS)
	}
}

// Exhaust spends the budget of a deployment's provider, for a decision that is made again.
func (r *Router) Exhaust(id string, nowMS int64) {
	g := r.owners[id]
	if g == nil {
		return
	}
	for _, p := range g.deployments {
		if b, ok := r.budgets[p.Provider]; ok && p.ID == id {
			b.record.Spend(b.USD, nowMS/b.PeriodMS, nowMS)
		}
	}
}

// renewed is after how many milliseconds the budget of a deployment's provider begins anew.
func (r *Router) renewed(id string, nowMS int64) int64 {
	for _, p := range r.owners[id].deployments {
		if b, ok := r.budgets[p.Provider]; ok && p.ID == id {
			return b.PeriodMS - nowMS%b.PeriodMS
		}
	}
	return 0
}
