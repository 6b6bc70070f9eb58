package agent

import (
	"context"
	"errors"
	"time"

	"github.com/routeiq/routeiq/sync/revision"
)

// ServeLastGood serves the last good revision from its file, before source and database are asked for anything. It is called
// before Run. It returns an error that is revision.ErrNotFound where there is none.
func (a *Agent) ServeLastGood(ctx context.Context) error {
	r, err := a.o.File.Load()
	if err != nil {
		return err
	}
	l, err := a.build(r)
	if err != nil {
		return err
	}
	if err := a.publish(ctx, l); err != nil {
		return failed(Publish, err)
	}
	l.at = time.Now()
	a.set(func() { a.active = l })
	a.log.Info("the last good revision is served from its file", "revision", r.ID)
	return nil
}

// resume serves what is active in the store, and goes on with what an agent before this one began: a revision that did not prove
// itself yet is watched again. Without the store the file's revision is served.
func (a *Agent) resume(ctx context.Context) {
	r, err := a.o.Store.Active(ctx)
	switch {
	case errors.Is(err, revision.ErrNotFound):
		return
	case err != nil:
		a.fail("", failed(Keep, err), time.Now())
		if a.active == nil {
			if err := a.ServeLastGood(ctx); err != nil && !errors.Is(err, revision.ErrNotFound) {
				a.fail("", err, time.Now())
			}
		}
		return
	}
	a.serve(ctx, r)
}

// serve serves a revision of the store.
func (a *Agent) serve(ctx context.Context, r revision.Revision) {
	old := a.active
	if old != nil && old.revision.ID == r.ID {
		a.set(func() { old.revision = r })
		return
	}
	l, err := a.build(r)
	since := time.Now()
	if err == nil {
		err = a.publish(ctx, l)
	}
	if err != nil {
		a.unfit, a.unfitAt = r.ID, time.Now()
		a.fail(r.ID, err, time.Now())
		return
	}
	l.at = r.ActivatedAt
	a.set(func() {
		a.active, a.seen = l, ""
		a.watching = nil
		a.endWatched(Superseded, "", "another revision became active")
	})
	if r.State == revision.Good {
		if err := a.o.File.Save(r); err != nil {
			a.fail(r.ID, failed(Good, err), time.Now())
		}
		return
	}
	// What it is compared with is what ran here, or what it replaced.
	if old == nil {
		if good, err := a.lastGood(ctx, r.ID); err == nil {
			old = good
		}
	}
	a.observe(old, l, since)
}

// adopt serves what another agent activated.
func (a *Agent) adopt(ctx context.Context) {
	head, err := a.o.Store.Head(ctx)
	if err != nil {
		a.fail("", failed(Keep, err), time.Now())
		return
	}
	if f := a.failure; f != nil && f.Step == Keep && f.Revision == "" {
		a.set(func() { a.failure = nil }) // it answers again
	}
	if head.Active == "" || head.Active == a.activeID() || a.unsaid[head.Active] != nil {
		return
	}
	if head.Active == a.unfit && time.Since(a.unfitAt) < a.o.Acknowledge {
		return
	}
	r, err := a.o.Store.Active(ctx)
	if err != nil {
		if !errors.Is(err, revision.ErrNotFound) {
			a.fail("", failed(Keep, err), time.Now())
		}
		return
	}
	a.log.Info("another revision is active in the database", "revision", r.ID)
	a.serve(ctx, r)
}
