package routing

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/store"
)

func budgeted(t *testing.T, s store.Store) *Router {
	t.Helper()
	a, b := deployment("a"), deployment("b")
	a.Price, b.Provider = &abi.Price{Input: 0.01, Output: 0.01}, "groq"
	c := &abi.Config{
		Version: abi.ConfigVersion, Role: abi.RoleRouter, Groups: []abi.ModelGroup{grp("g", 0, "", a, b)}, Budgets: []abi.Budget{{Provider: "openai", USD: 1, PeriodMS: 60_000}},
		Limits: abi.Limits{MaxBodyBytes: 1}, Breaker: abi.DefaultBreaker, Retry: abi.DefaultRetry, OnError: abi.OnErrorDeny,
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	r, err := Compile(c, Registry{"first": Fixed("first", first{})}, NewMemory(s))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// answer lets the first attempt of a request answer with so many tokens.
func answer(r *Router, q *abi.Request, tokens int) abi.Decision {
	run := r.Begin(q)
	run.Advance(q.NowMS)
	outcomes := make([]abi.Outcome, len(run.Decision.Attempts))
	outcomes[0] = abi.Outcome{Class: abi.ClassOK, Usage: abi.Usage{Input: tokens}}
	run.End(outcomes, q.NowMS)
	return run.Decision
}

func TestABudgetIsSpent(t *testing.T) {
	const begin = int64(1_700_000_040_000) // of a minute
	r := budgeted(t, new(store.Map))
	at := func(ms int64) *abi.Request {
		q := request("g")
		q.NowMS = begin + ms
		return q
	}
	if !r.NeedsTick() {
		t.Error("budgets need no tick")
	}
	answer(r, at(0), 99)
	if d := r.Route(at(1)); summary(d) != "a" {
		t.Errorf("below it: %q", summary(d))
	}
	answer(r, at(2), 1)
	if d := r.Route(at(3)); summary(d) != "b -a:budget" {
		t.Errorf("reached: %q", summary(d))
	}
	q := request("a")
	q.NowMS = begin + 10_000
	if d := r.Route(q); summary(d) != "429 provider_budget_exceeded" || d.Refusal.RetryAfterMS != 50_000 {
		t.Errorf("alone: %q, retry after %d ms", summary(d), d.Refusal.RetryAfterMS)
	}
	if d := r.Route(at(60_000)); summary(d) != "a" {
		t.Errorf("in the next period: %q", summary(d))
	}
	again := budgeted(t, new(store.Map))
	again.Exhaust("a", begin)
	if d := again.Route(at(0)); summary(d) != "b -a:budget" {
		t.Errorf("made again: %q", summary(d))
	}
}

func TestAnAnswerWithoutAPriceSpendsNothing(t *testing.T) {
	r := budgeted(t, new(store.Map))
	r.groups["g"].deployments[0].Price = nil
	answer(r, request("g"), 1_000_000)
	if d := r.Route(request("g")); summary(d) != "a" {
		t.Errorf("%q", summary(d))
	}
}
