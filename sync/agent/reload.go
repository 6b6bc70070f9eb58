package agent

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
)

// ErrFollower refuses what only the leader does.
var ErrFollower = errors.New("another agent leads: ask that one")

// ErrNothing refuses a rollback where there is nothing to come back to.
var ErrNothing = errors.New("no other revision proved itself, so there is nothing to come back to")

// ReloadState is what became of a reload that was asked for.
type ReloadState string

// The states.
const (
	Pending    ReloadState = "pending"     // it waits for the source
	Watching   ReloadState = "watching"    // it is active, and has to prove itself
	Done       ReloadState = "done"        // it is active, and proved itself
	Unchanged  ReloadState = "unchanged"   // what the source has is what runs
	Waiting    ReloadState = "waiting"     // it was checked, and waits to be asked for
	HeldBack   ReloadState = "held"        // it was bad, and is held until it changes
	Failed     ReloadState = "failed"      // a step failed, and what ran goes on running
	RolledBack ReloadState = "rolled_back" // it was active, and the last good revision is back
	Superseded ReloadState = "superseded"  // another became active before it proved itself
)

// Reload is one that was asked for.
type Reload struct {
	ID       string      `json:"reload_id"`
	State    ReloadState `json:"state"`
	Revision string      `json:"revision,omitempty"`
	Step     Step        `json:"step,omitempty"` // that failed
	Reason   string      `json:"reason,omitempty"`
	AskedAt  time.Time   `json:"asked_at"`
	EndedAt  time.Time   `json:"ended_at,omitzero"`
}

// maxReloads is how many are remembered.
const maxReloads = 100

// Reload asks for a fetch now, whatever becomes of it being put to use. ErrFollower: this agent does not fetch.
func (a *Agent) Reload() (Reload, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.poller == nil {
		return Reload{}, ErrFollower
	}
	r := &Reload{ID: uuid.NewString(), State: Pending, AskedAt: time.Now().UTC()}
	a.reloads[r.ID] = r
	if a.order = append(a.order, r.ID); len(a.order) > maxReloads {
		delete(a.reloads, a.order[0])
		a.order = a.order[1:]
	}
	a.poller.Trigger()
	return *r, nil
}

// ReloadOf tells what became of a reload.
func (a *Agent) ReloadOf(id string) (Reload, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r, ok := a.reloads[id]
	if !ok {
		return Reload{}, false
	}
	return *r, true
}

// askedBefore returns the reloads that a fetch answers.
func (a *Agent) askedBefore(at time.Time) []*Reload {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []*Reload
	for _, id := range a.order {
		if r := a.reloads[id]; r.State == Pending && !r.AskedAt.After(at) {
			out = append(out, r)
		}
	}
	return out
}

// endWatched tells the reloads that are watched what became of them. mu is held.
func (a *Agent) endWatched(state ReloadState, step Step, reason string) {
	for _, r := range a.reloads {
		if r.State == Watching {
			r.State, r.Step, r.Reason, r.EndedAt = state, step, reason, time.Now().UTC()
		}
	}
}

// endReloads ends those that wait. mu is held.
func (a *Agent) endReloads(state ReloadState, reason string) {
	for _, r := range a.reloads {
		if r.State == Pending {
			r.State, r.Reason, r.EndedAt = state, reason, time.Now().UTC()
		}
	}
}

// byHand is a rollback that somebody asked for.
type byHand struct {
	by     string
	answer chan answer
}

type answer struct {
	revision string
	err      error
}

// Rollback puts the last good revision in the place of the active one, which is held until its content changes, and returns which
// is active then. by says who asked, without a secret. ErrNothing: there is none.
func (a *Agent) Rollback(ctx context.Context, by string) (string, error) {
	r := byHand{by, make(chan answer, 1)}
	select {
	case a.rollback <- r:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	select {
	case got := <-r.answer:
		return got.revision, got.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (a *Agent) rollBackByHand(ctx context.Context, by string) (string, error) {
	if a.active == nil {
		return "", ErrNothing
	}
	target, err := a.lastGood(ctx, a.activeID())
	if err != nil {
		return "", errors.Join(ErrNothing, err)
	}
	reason := "rolled back by hand, by " + by
	bad := a.activeID()
	if err := a.back(ctx, Back, reason, target); err != nil {
		return "", err
	}
	a.set(func() { a.failure = &Failure{Step: Back, Reason: reason, Since: time.Now().UTC(), Revision: bad} })
	return target.revision.ID, nil
}
