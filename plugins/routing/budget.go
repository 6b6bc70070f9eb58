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

// budgetOf returns the budget of a deployment's provider; nil: it has none.
func (r *Router) budgetOf(p *abi.Deployment) *budget {
	if b, ok := r.budgets[p.Provider]; ok {
		return &b
	}
	return nil
}

// overBudget tells whether the budget of a deployment's provider is spent. What the other workers spent is known as of the last tick.
func (r *Router) overBudget(p *abi.Deployment, nowMS int64) bool {
	b := r.budgetOf(p)
	return b != nil && b.record.Spent(nowMS/b.PeriodMS) >= b.USD
}

// spend counts what an attempt cost.
func (r *Router) spend(p *abi.Deployment, u abi.Usage, nowMS int64) {
	if b := r.budgetOf(p); b != nil && p.Price != nil {
		b.record.Spend(p.Price.Of(u), nowMS/b.PeriodMS, nowMS)
	}
}

// Exhaust spends the budget of a deployment's provider, for a decision that is made again.
func (r *Router) Exhaust(id string, nowMS int64) {
	p := r.deployment(id)
	if p == nil {
		return
	}
	if b := r.budgetOf(p); b != nil {
		b.record.Spend(b.USD, nowMS/b.PeriodMS, nowMS)
	}
}

// renewed is after how many milliseconds the budget of a deployment's provider, which it has, begins anew.
func (r *Router) renewed(id string, nowMS int64) int64 {
	b := r.budgetOf(r.deployment(id))
	return b.PeriodMS - nowMS%b.PeriodMS
}
