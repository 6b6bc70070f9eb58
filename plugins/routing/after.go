package routing

import (
	"slices"

	"github.com/routeiq/routeiq/abi"
)

// after returns which attempt follows the one under way when it ended as class; -1: none does.
//
// A failure of the deployment is followed by the next attempt of the list: in the group as often as the group retries that
// class, then in its fallbacks. An input that was too long, or that a content policy refused, is followed by the first
// attempt made for that; where the group has none, by the fallbacks, since all deployments of one model would say the same.
func (run *Run) after(class abi.Class, nowMS int64) int {
	attempts := run.Decision.Attempts
	last := &attempts[run.at]
	switch class {
	case abi.ClassOK, abi.ClassCancelled:
		return -1
	case abi.ClassContext, abi.ClassContent:
		special := false
		for i := range attempts {
			special = special || attempts[i].Only == class
		}
		return run.first(nowMS, func(a *abi.Attempt, _ int) bool {
			if special {
				return a.Only == class && (a.Group != last.Group || last.Only != class)
			}
			return a.Only == last.Only && (a.Group != last.Group || run.retriesLeft(class, 0))
		})
	case abi.ClassClientError:
		return run.first(nowMS, func(a *abi.Attempt, _ int) bool { // only where the operator asks for it
			return a.Only == last.Only && a.Group == last.Group && run.retriesLeft(class, 0)
		})
	}
	otherwise := run.router.groups[last.Group].Retries
	if n := run.request.Asked.Retries; n != nil {
		otherwise = *n
	}
	return run.first(nowMS, func(a *abi.Attempt, i int) bool {
		switch {
		case a.Only != last.Only:
			return false
		case a.Group != last.Group:
			return true
		case run.repeats(i) && run.router.memory.spent(run.router.config.Retry, nowMS):
			return false
		}
		return run.retriesLeft(class, otherwise)
	})
}

// first returns the first attempt after the one under way that fits, and that its limits leave room for.
func (run *Run) first(nowMS int64, fits func(a *abi.Attempt, i int) bool) int {
	for i := run.at + 1; i < len(run.Decision.Attempts); i++ {
		a := &run.Decision.Attempts[i]
		if slices.Contains(run.barred, a.Deployment) || !fits(a, i) {
			continue
		}
		if run.router.groups[a.Group].limited {
			q := *run.request
			q.NowMS = nowMS
			if run.router.limit(a.Deployment, &q) != "" {
				continue
			}
		}
		return i
	}
	return -1
}

// retriesLeft tells whether the group of the attempt under way may have another after one that ended as class.
func (run *Run) retriesLeft(class abi.Class, otherwise int) bool {
	attempts := run.Decision.Attempts
	last := &attempts[run.at]
	allowed := otherwise
	if run.request.Asked.Retries == nil {
		allowed = abi.CountOf(run.router.groups[last.Group].RetriesByClass, class, otherwise)
	}
	n := 0
	for i := range run.at + 1 {
		if run.made[i] && attempts[i].Group == last.Group && attempts[i].Only == last.Only {
			n++
		}
	}
	return n-1 < allowed
}

// repeats tells whether an attempt is one that the retry budget counts: in its group neither the first, nor the first that
// goes to another deployment.
func (run *Run) repeats(i int) bool {
	attempts := run.Decision.Attempts
	a, before := &attempts[i], 0
	for n := range i {
		if b := &attempts[n]; run.made[n] && b.Group == a.Group && b.Only == a.Only {
			if before++; b.Deployment == a.Deployment {
				return true
			}
		}
	}
	return before > 1
}
