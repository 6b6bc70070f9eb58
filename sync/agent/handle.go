package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/routeiq/routeiq/sync/diff"
	"github.com/routeiq/routeiq/sync/revision"
	"github.com/routeiq/routeiq/sync/source"
)

// Held is what the source has and is not put to use.
type Held struct {
	Revision string    `json:"revision"`
	Step     string    `json:"step"`
	Reason   string    `json:"reason"`
	Since    time.Time `json:"since"`
}

// Change is what a revision changed, or would change.
type Change struct {
	From   string       `json:"from"` // revision of the source; empty: nothing was active
	To     string       `json:"to"`
	At     time.Time    `json:"at"`
	Result *diff.Result `json:"diff"`
}

// handle does what a fetch asks for.
func (a *Agent) handle(ctx context.Context, e source.Event) {
	a.o.Hook(Fetch)
	a.set(func() { a.attempt, a.next = e.At, e.Next })
	asked := a.askedBefore(e.At)
	state, id, err := a.take(ctx, e, len(asked) > 0)
	now := time.Now()
	if err != nil {
		a.fail(id, err, now)
		if state == "" {
			state = Failed
		}
	} else {
		a.set(func() { a.success = e.At })
	}
	a.set(func() {
		for _, r := range asked {
			r.State, r.Revision = state, id
			if state != Watching {
				r.EndedAt = now.UTC()
			}
			if err != nil {
				r.Step, r.Reason = a.failure.Step, a.failure.Reason
			} else if h := a.held; state == HeldBack && h != nil {
				r.Step, r.Reason = Step(h.Step), h.Reason
			}
		}
	})
}

// take brings a fetched document through all steps up to its publication, and tells what became of it.
func (a *Agent) take(ctx context.Context, e source.Event, asked bool) (ReloadState, string, error) {
	if errors.Is(e.Err, source.ErrNotModified) {
		a.current()
		return Unchanged, a.activeID(), nil
	}
	if e.Err != nil {
		return Failed, "", failed(Fetch, e.Err)
	}
	d := e.Document
	r := revision.Revision{ID: revision.ID(d.Body, d.Files), Source: d.Body, Files: d.Files, From: a.o.Source, CreatedAt: time.Now()}
	if r.ID == a.activeID() {
		a.set(func() { a.seen = d.Revision })
		a.current()
		return Unchanged, r.ID, nil
	}
	held, err := a.isHeld(ctx, r.ID)
	if err != nil {
		return Failed, r.ID, failed(Keep, err)
	}
	if held {
		return HeldBack, r.ID, nil
	}
	if a.pending != nil && a.pending.revision.ID == r.ID && !asked {
		return Waiting, r.ID, nil
	}
	l, err := a.build(r)
	if err != nil {
		return Failed, r.ID, err
	}
	a.o.Hook(DryRun)
	before := diff.Compiled(nil, nil, nil)
	if a.active != nil {
		before = a.active.document
	}
	changes := diff.Between(before, l.document)
	if a.o.DryRun != nil && !changes.Empty() {
		if err := a.o.DryRun(ctx, l.Publication, changes); err != nil {
			return Failed, r.ID, failed(DryRun, err)
		}
	}
	a.o.Hook(Diff)
	change := &Change{From: a.activeID(), To: r.ID, At: time.Now(), Result: changes}
	if !a.o.HotReload && !asked && a.active != nil {
		a.set(func() { a.pending, a.held, a.failure, a.last = l, nil, nil, change })
		return Waiting, r.ID, nil
	}
	if err := a.activate(ctx, l, changes.Empty()); err != nil {
		if held, _ := a.isHeld(ctx, r.ID); held && errors.Is(err, revision.ErrHeld) {
			return HeldBack, r.ID, nil // another agent found it bad meanwhile
		}
		return Failed, r.ID, err
	}
	a.set(func() { a.seen, a.last, a.pending, a.held, a.failure = d.Revision, change, nil, nil, nil })
	a.log.Info("a revision is active", "revision", r.ID, "document", l.Revision, "changes", changes.Summary())
	if a.watching == nil {
		return Unchanged, r.ID, nil
	}
	return Watching, r.ID, nil
}

// current notes that the source has what is active: whatever was wrong with what it had is over.
func (a *Agent) current() {
	a.set(func() {
		a.pending, a.held = nil, nil
		if f := a.failure; f != nil && (a.watching == nil || f.Step == Fetch) {
			a.failure = nil
		}
	})
}

// isHeld tells whether a revision was bad, and notes that it is held.
func (a *Agent) isHeld(ctx context.Context, id string) (bool, error) {
	if f := a.unsaid[id]; f != nil {
		a.hold(id, string(f.Step), f.Reason)
		return true, nil
	}
	r, err := a.o.Store.Get(ctx, id)
	if errors.Is(err, revision.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if r.State != revision.Bad {
		return false, nil
	}
	a.hold(id, r.Step, r.Reason)
	return true, nil
}

func (a *Agent) hold(id, step, reason string) {
	if a.held != nil && a.held.Revision == id {
		return
	}
	a.log.Warn("what the source has was bad, and is held until it changes", "revision", id, "step", step, "reason", reason)
	a.set(func() {
		a.held = &Held{Revision: id, Step: step, Reason: reason, Since: time.Now().UTC()}
		if a.failure == nil || a.failure.Revision != id {
			a.failure = &Failure{Step: Step(step), Reason: reason, Since: a.held.Since, Revision: id}
		}
	})
}

// activate makes a revision the active one, and publishes it where it is not the same as what runs. What ran before goes on
// running when it cannot.
func (a *Agent) activate(ctx context.Context, l *loaded, same bool) error {
	store, generation := a.writes()
	a.settle(ctx)
	a.o.Hook(Keep)
	l.revision.Generation = generation
	if err := store.Put(ctx, l.revision); err != nil {
		return failed(Keep, err)
	}
	a.o.Hook(Activate)
	if err := store.Activate(ctx, l.revision.ID, generation); err != nil {
		return failed(Activate, err)
	}
	l.at = time.Now()
	old := a.active
	if same && old != nil {
		a.set(func() {
			l.Publication, l.document = old.Publication, old.document
			a.active = l
		})
		if a.watching == nil {
			return a.good(ctx)
		}
		return nil
	}
	if err := a.publish(ctx, l); err != nil {
		if old != nil {
			err = errors.Join(err, store.Activate(ctx, old.revision.ID, generation), a.publish(ctx, old))
		}
		return failed(Publish, err)
	}
	a.set(func() { a.active = l })
	a.observe(old, l, l.at)
	return nil
}

// publish offers a revision to all proxies.
func (a *Agent) publish(ctx context.Context, l *loaded) error {
	a.o.Hook(Publish)
	var errs []error
	for _, p := range a.o.Publishers {
		errs = append(errs, p.Publish(ctx, l.Publication))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("revision %s: %w", l.revision.ID, err)
	}
	a.set(func() { a.swaps++ })
	return nil
}

func (a *Agent) activeID() string {
	if a.active == nil {
		return ""
	}
	return a.active.revision.ID
}
