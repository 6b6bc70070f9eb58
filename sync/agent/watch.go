package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/routeiq/routeiq/sync/diff"
	"github.com/routeiq/routeiq/sync/fleet"
	"github.com/routeiq/routeiq/sync/revision"
)

// watch is a revision that has to prove itself.
type watch struct {
	comparison fleet.Comparison
	compared   bool      // there was one before it
	acked      time.Time // when every proxy ran it; zero: not yet
	failed     bool      // it did, and stays
	told       bool      // that there is nothing to come back to
}

// observe begins to watch what was published. since is when that began: a proxy may answer before it is over.
func (a *Agent) observe(old, l *loaded, since time.Time) {
	w := &watch{comparison: fleet.Comparison{New: l.Revision, At: since}}
	if old != nil {
		w.compared = true
		w.comparison.Old = old.Revision
		w.comparison.Same = diff.Same(old.document, l.document)
		w.comparison.Untouched = diff.Untouched(old.document, l.document)
	}
	a.set(func() {
		a.watching = w
		a.endWatched(Superseded, "", "another revision became active")
	})
}

// look sees what became of the revision that is watched.
func (a *Agent) look(ctx context.Context) {
	w := a.watching
	if w == nil || w.failed {
		return
	}
	now := time.Now()
	p := a.o.Fleet.Progress(a.active.Revision, w.comparison.At, now)
	if why := refusal(p); why != "" { // also late: proxies come back to an agent that was started anew one by one
		a.bad(ctx, Acknowledge, why)
		return
	}
	if w.acked.IsZero() {
		if why := a.silence(p, now); why != "" {
			a.bad(ctx, Acknowledge, why)
			return
		}
		if len(p.Running) > 0 && len(p.Waiting) == 0 {
			a.o.Hook(Acknowledge)
			a.log.Info("every proxy runs the revision", "revision", a.active.revision.ID, "proxies", len(p.Running), "silent", len(p.Mute))
			a.set(func() { w.acked = now })
		}
	}
	if w.compared {
		if v := a.o.Fleet.Verdict(w.comparison); v.Worse {
			a.bad(ctx, Watch, v.String())
			return
		}
	}
	// The first that every proxy runs is what there is to come back to, and has nothing to be compared with.
	if !w.acked.IsZero() && (!w.compared || now.Sub(w.acked) >= a.o.Fleet.Window()) {
		a.o.Hook(Watch)
		a.prove(ctx)
	}
}

// refusal tells which proxy refused a revision, and why; empty: none did.
func refusal(p fleet.Progress) string {
	if len(p.Refused) == 0 {
		return ""
	}
	return fmt.Sprintf("proxy %s refused it%s: %s", p.Refused[0].Node, more(len(p.Refused)-1), p.Refused[0].Reason)
}

// silence tells which proxy took too long to report a revision; empty: none did.
func (a *Agent) silence(p fleet.Progress, now time.Time) string {
	var late []string
	for _, w := range p.Waiting {
		if now.Sub(w.From) >= a.o.Acknowledge {
			late = append(late, w.Node)
		}
	}
	if len(late) > 0 {
		return fmt.Sprintf("the module of proxy %s%s did not report it within %s", late[0], more(len(late)-1), a.o.Acknowledge)
	}
	return ""
}

func more(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", and %d more", n)
}

// settle ends the watch of a revision that another is about to replace: one that every proxy ran and that did not fail is good
// to come back to.
func (a *Agent) settle(ctx context.Context) {
	if w := a.watching; w != nil && !w.failed && !w.acked.IsZero() {
		a.prove(ctx)
	}
}

// prove ends the watch of a revision that proved itself. Where that cannot be said to the store it is tried again.
func (a *Agent) prove(ctx context.Context) {
	if _, held := a.o.Lease.Leader(); !held {
		a.set(func() { a.watching = nil }) // the leader says so
		return
	}
	if err := a.good(ctx); err != nil {
		if errors.Is(err, revision.ErrHeld) {
			a.set(func() { a.watching = nil }) // another agent found it bad, which adopt will see
			return
		}
		a.fail(a.activeID(), err, time.Now())
		return
	}
	a.set(func() {
		a.watching = nil
		if f := a.failure; f != nil && (f.Step == Good || f.Step == Acknowledge) {
			a.failure = nil
		}
		a.endWatched(Done, "", "")
	})
}

// good says that what is active proved itself, and keeps it for a start without source and database.
func (a *Agent) good(ctx context.Context) error {
	a.o.Hook(Good)
	store, _ := a.writes()
	if err := store.Good(ctx, a.activeID()); err != nil {
		return failed(Good, err)
	}
	a.set(func() { a.active.revision.State = revision.Good })
	if err := a.o.File.Save(a.active.revision); err != nil {
		return failed(Good, err)
	}
	return nil
}

// bad is what is done about a revision that failed after it was published.
func (a *Agent) bad(ctx context.Context, step Step, reason string) {
	id := a.activeID()
	a.fail(id, failed(step, errors.New(reason)), time.Now())
	if !a.o.Rollback {
		a.log.Warn("it stays, because it is not to be rolled back by itself", "revision", id)
		a.set(func() {
			a.watching.failed = true
			a.endWatched(Failed, step, reason)
		})
		return
	}
	target, err := a.lastGood(ctx, id)
	if err == nil {
		err = a.back(ctx, step, reason, target)
	}
	if err != nil && !a.watching.told {
		// It is looked at all the same: a proxy may take it late, and a database may answer again.
		a.log.Error("it stays, because there is nothing to come back to", "revision", id, "reason", err)
		a.set(func() {
			a.watching.told = true
			a.endWatched(Failed, step, reason)
		})
	}
}

// back puts a revision in the place of the active one, which was bad.
func (a *Agent) back(ctx context.Context, step Step, reason string, target *loaded) error {
	a.o.Hook(Back)
	bad := a.active
	// First it is said, so that no agent serves it again; where it cannot be said it is held here until it is.
	store, _ := a.writes()
	if err := store.Bad(ctx, bad.revision.ID, string(step), reason); err != nil {
		a.log.Warn("that a revision was bad cannot be stored yet", "revision", bad.revision.ID, "reason", err)
		a.unsaid[bad.revision.ID] = &Failure{Step: step, Reason: reason, Since: time.Now().UTC()}
	}
	if err := a.publish(ctx, target); err != nil {
		return failed(Back, err)
	}
	a.log.Warn("the last good revision is back", "revision", target.revision.ID, "instead_of", bad.revision.ID, "step", step, "reason", strings.TrimSpace(reason))
	a.set(func() {
		target.at = time.Now().UTC()
		a.last = &Change{From: bad.revision.ID, To: target.revision.ID, At: target.at, Result: diff.Between(bad.document, target.document)}
		a.active, a.watching, a.seen = target, nil, ""
		a.held = &Held{Revision: bad.revision.ID, Step: string(step), Reason: reason, Since: target.at}
		a.endWatched(RolledBack, step, reason)
	})
	return nil
}

// lastGood is the newest good revision but one, compiled. It comes from the file where the store does not answer.
func (a *Agent) lastGood(ctx context.Context, but string) (*loaded, error) {
	r, err := a.newestGood(ctx, but)
	if err != nil && !errors.Is(err, revision.ErrNotFound) {
		kept, failure := a.o.File.Load()
		if failure != nil || kept.ID == but {
			return nil, errors.Join(err, failure)
		}
		r, err = kept, nil
	}
	if err != nil {
		return nil, err
	}
	return a.build(r)
}

// maxList is how many revisions are searched for one that was good.
const maxList = 1_000

// newestGood searches the store. It is the one that was activated last.
func (a *Agent) newestGood(ctx context.Context, but string) (revision.Revision, error) {
	list, err := a.o.Store.List(ctx, maxList)
	if err != nil {
		return revision.Revision{}, err
	}
	var newest *revision.Revision
	for i := range list {
		if r := &list[i]; r.State == revision.Good && r.ID != but && (newest == nil || r.ActivatedAt.After(newest.ActivatedAt)) {
			newest = r
		}
	}
	if newest == nil {
		return revision.Revision{}, fmt.Errorf("no other revision proved itself: %w", revision.ErrNotFound)
	}
	return a.o.Store.Get(ctx, newest.ID)
}

// sayBad tells the store what could not be told when it happened.
func (a *Agent) sayBad(ctx context.Context) {
	for id, f := range a.unsaid {
		if err := a.o.Store.Bad(ctx, id, string(f.Step), f.Reason); err == nil || errors.Is(err, revision.ErrNotFound) {
			delete(a.unsaid, id)
		}
	}
}
