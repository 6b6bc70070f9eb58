// Package report counts, in one worker, what became of the requests of each revision, and writes what the agent is told of it.
package report

import (
	"slices"

	"github.com/routeiq/routeiq/abi"
)

// maxRevisions bounds what is kept while the agent does not take reports: the counts of older revisions are dropped first.
const maxRevisions = 4

// Tally is the counts that the agent has not heard of. The zero value is empty and ready.
type Tally struct {
	revisions []*counts // the oldest first
	sent      []*counts // on their way
}

// counts are those of one revision.
type counts struct {
	revision         string
	answered, failed int
	attempts         map[string]*attempts // by deployment
}

type attempts struct{ made, failed, paused int }

// of returns the counts of a revision.
func (t *Tally) of(revision string) *counts {
	for _, c := range t.revisions {
		if c.revision == revision {
			return c
		}
	}
	c := &counts{revision: revision, attempts: map[string]*attempts{}}
	if t.revisions = append(t.revisions, c); len(t.revisions) > maxRevisions {
		t.revisions = slices.Delete(t.revisions, 0, 1)
	}
	return c
}

// Request counts a request that ended with a status; 0: its client left before.
func (t *Tally) Request(revision string, status int) {
	if c := t.of(revision); status >= 500 {
		c.failed++
	} else {
		c.answered++
	}
}

// Attempt counts an attempt that ended. failed: its deployment was at fault.
func (t *Tally) Attempt(revision, deployment string, failed bool) {
	a := t.of(revision).at(deployment)
	a.made++
	if failed {
		a.failed++
	}
}

// Paused counts a request that failed without an attempt, because a deployment's breaker was open.
func (t *Tally) Paused(revision, deployment string) { t.of(revision).at(deployment).paused++ }

// at returns the counts of a deployment.
func (c *counts) at(deployment string) *attempts {
	a := c.attempts[deployment]
	if a == nil {
		a = &attempts{}
		c.attempts[deployment] = a
	}
	return a
}

// Send puts the counts into a report. Until Sent tells what became of it, there is none other.
func (t *Tally) Send(r *abi.Report) {
	t.sent, t.revisions = t.revisions, nil
	for _, c := range t.sent {
		if c.answered+c.failed > 0 {
			r.Requests = append(r.Requests, abi.RequestCount{Revision: c.revision, Answered: c.answered, Failed: c.failed})
		}
		for _, id := range c.deployments() {
			a := c.attempts[id]
			r.Attempts = append(r.Attempts, abi.AttemptCount{Revision: c.revision, Deployment: id, Made: a.made, Failed: a.failed, Paused: a.paused})
		}
	}
}

// Sent tells whether the report arrived. If it did not, its counts are in the next.
func (t *Tally) Sent(arrived bool) {
	before := t.sent
	t.sent = nil
	if arrived {
		return
	}
	since := t.revisions
	t.revisions = before
	for _, c := range since {
		all := t.of(c.revision)
		all.answered, all.failed = all.answered+c.answered, all.failed+c.failed
		for id, a := range c.attempts {
			if b := all.attempts[id]; b != nil {
				b.made, b.failed, b.paused = b.made+a.made, b.failed+a.failed, b.paused+a.paused
			} else {
				all.attempts[id] = a
			}
		}
	}
}

// deployments returns the ids in order, so that the same counts make the same report.
func (c *counts) deployments() []string {
	ids := make([]string, 0, len(c.attempts))
	for id := range c.attempts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
