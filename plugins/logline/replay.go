package logline

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/limit"
	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/store"
)

// Replay makes the decision of a line again, over the same document, with the breakers as the line tells they were.
func Replay(c *abi.Config, registry routing.Registry, l *Line) (abi.Decision, error) {
	var s store.Map
	s.Swap(abi.KeyCircuits, circuits(l).Append(nil), 0)
	for _, out := range l.Decision.LeftOut {
		if value := limit.Spent(out.Reason, l.Request.NowMS); value != nil {
			s.Swap(abi.KeyLimit+out.Deployment, value, 0)
		}
	}
	r, err := routing.Compile(c, registry, routing.NewMemory(&s))
	if err != nil {
		return abi.Decision{}, err
	}
	for _, out := range l.Decision.LeftOut {
		if out.Reason == abi.ReasonBudget {
			r.Exhaust(out.Deployment, l.Request.NowMS)
		}
	}
	q := l.Request
	if strings.Contains(l.Decision.Strategy, routing.PlainMark) {
		return r.BeginPlain(&q).Decision, nil
	}
	if l.Decision.Unseen > 0 {
		return abi.Decision{}, errors.New("the line does not tell what was known of " + strconv.Itoa(l.Decision.Unseen) + " candidates: they were too many")
	}
	return r.Again(&q, l.Decision.Seen), nil
}

// circuits rebuilds the breakers that had a say in the line.
func circuits(l *Line) breaker.Table {
	now := l.Request.NowMS
	var table breaker.Table
	for _, out := range l.Decision.LeftOut {
		switch out.Reason {
		case abi.ReasonOpen: // longer than one that was forced, which was chosen because it ends first
			table = append(table, breaker.Circuit{ID: out.Deployment, UntilMS: now + 2})
		case abi.ReasonRateLimited:
			table = append(table, breaker.Circuit{ID: out.Deployment, UntilMS: now + 2, Class: abi.ClassRateLimited})
		case abi.ReasonProbing:
			if slices.ContainsFunc(l.Decision.Attempts, func(a abi.Attempt) bool { return a.Probe && a.Deployment.ID == out.Deployment }) {
				continue // the probe was the request's own
			}
			full := make([]int64, 1000) // the most half_open_requests can be
			for i := range full {
				full[i] = now
			}
			table = append(table, breaker.Circuit{ID: out.Deployment, UntilMS: now, Probes: full})
		}
	}
	for _, a := range l.Decision.Attempts {
		switch {
		case a.Probe:
			table = append(table, breaker.Circuit{ID: a.Deployment.ID, UntilMS: now})
		case a.Forced:
			table = append(table, breaker.Circuit{ID: a.Deployment.ID, UntilMS: now + 1})
		}
	}
	return table
}

// Differs tells in which words two decisions differ; "" when they are the same.
func Differs(a, b *abi.Decision) string {
	switch {
	case a.Group != b.Group:
		return "group " + a.Group + " / " + b.Group
	case a.Strategy != b.Strategy:
		return "strategy " + a.Strategy + " / " + b.Strategy
	case (a.Refusal == nil) != (b.Refusal == nil) || a.Refusal != nil && a.Refusal.Code != b.Refusal.Code:
		return "refusal"
	case len(a.Attempts) != len(b.Attempts):
		return "number of attempts"
	case len(a.LeftOut) != len(b.LeftOut):
		return "number of deployments left out"
	}
	for i := range a.Attempts {
		if x, y := &a.Attempts[i], &b.Attempts[i]; x.Deployment.ID != y.Deployment.ID || x.Group != y.Group || x.Model != y.Model || x.Probe != y.Probe || x.Forced != y.Forced || x.Only != y.Only {
			return "attempt: " + x.Deployment.ID + " / " + y.Deployment.ID
		}
	}
	for i := range a.LeftOut {
		if a.LeftOut[i] != b.LeftOut[i] {
			return "left out: " + a.LeftOut[i].Deployment + " / " + b.LeftOut[i].Deployment
		}
	}
	return ""
}
