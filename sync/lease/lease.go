// Package lease says which of several agents leads. The leader holds a row in the database they share until a time by the
// database's clock, and renews it; whoever holds it next has a greater generation, by which what the one before still writes
// is refused (package revision). No agent's clock is compared with another's.
//
//	holder    take ──renew──renew──✗  ✗  gives up ┊
//	database  [────────────lease────────────────────]
//	follower  ask ─────────── waits for its end ────▶ take, generation + 1
package lease

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Lease tells whether this process leads. Both kinds implement it: New chooses.
type Lease interface {
	// Run takes and renews the lease until ctx ends, and then gives it back. It is called once.
	Run(ctx context.Context)
	// Leader is the generation of this process and whether it leads now. A generation that is not held is the last one.
	Leader() (generation uint64, held bool)
	// Changed receives when Leader may have changed, once for several changes. It is for one receiver.
	Changed() <-chan struct{}
	// Status is for people.
	Status() Status
}

// Status is what is known of a lease.
type Status struct {
	Name       string // of the lease
	Holder     string // this process, as the database knows it
	Leader     string // who held it when the database answered last; "": not known
	Held       bool
	Generation uint64
	ExpiresAt  time.Time // by this machine's clock, early; zero: not held
	Running    bool
	Failures   int    // to reach the database, in a row
	LastError  string // "": the last try reached it
	Length     time.Duration
	Renew      time.Duration
}

// New is the lease of this process: by election, or one that always leads, as the options say.
func New(o Options) (Lease, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	rows := &row{db: o.DB, name: o.Name, holder: o.Holder}
	if o.single() {
		return newHolder(o, &seizing{row: rows}), nil
	}
	return newHolder(o, rows), nil
}

// table is the lease as the database keeps it.
type table interface {
	// take takes or renews the lease for length, unless another holds it.
	take(ctx context.Context, length time.Duration) (answer, error)
	// release ends it now, if it is this process's.
	release(ctx context.Context) error
}

// answer is what the database says to take.
type answer struct {
	held       bool
	holder     string // whose it is
	generation uint64
	remaining  time.Duration // until its end, if it is another's
}

const (
	// marginPart of the length is how much earlier than the database the holder takes its lease for ended: it must have
	// stopped when another begins.
	marginPart = 10
	// hurry divides the time between renewals after one that failed.
	hurry = 4
	// slack is how long after the end of another's lease it is asked for.
	slack = 10 * time.Millisecond
	// releaseWithin bounds giving it back at the end.
	releaseWithin = 3 * time.Second
)

// holder implements Lease.
type holder struct {
	options Options
	table   table
	log     *slog.Logger
	changed chan struct{}

	mu     sync.Mutex
	tenure tenure
	status Status
}

var _ Lease = (*holder)(nil)

func newHolder(o Options, t table) *holder {
	return &holder{
		options: o, table: t, log: o.Log, changed: make(chan struct{}, 1),
		status: Status{Name: o.Name, Holder: o.Holder, Length: o.Length, Renew: o.Renew},
	}
}

// tenure is a lease held until a time by this machine's clock.
type tenure struct {
	generation uint64
	until      time.Time // zero: not held
}

// held tells whether it is held at a time. Both clocks must say so: the monotonic one does not go while a machine is
// suspended, the wall clock may be set back.
func (t tenure) held(now time.Time) bool {
	return !t.until.IsZero() && now.Before(t.until) && now.Round(0).Before(t.until.Round(0))
}

func (h *holder) Changed() <-chan struct{} { return h.changed }

func (h *holder) Leader() (uint64, bool) {
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.tenure.generation, h.tenure.held(now)
}

func (h *holder) Status() Status {
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.status
	s.Generation, s.Held, s.ExpiresAt = h.tenure.generation, h.tenure.held(now), h.tenure.until
	return s
}

func (h *holder) Run(ctx context.Context) {
	h.running(true)
	defer h.running(false)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			h.leave(context.WithoutCancel(ctx))
			return
		case <-timer.C:
			timer.Reset(h.turn(ctx))
		}
	}
}

func (h *holder) running(is bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status.Running = is
}

// turn asks the database once and returns how long to wait until the next time.
func (h *holder) turn(ctx context.Context) time.Duration {
	// The lease's length counts from before the question: the database began it at some moment after.
	asked := time.Now()
	length := h.options.Length
	h.mu.Lock()
	before := h.tenure
	h.mu.Unlock()
	within := h.options.Renew
	switch {
	case before.held(asked):
		within = min(within, before.until.Sub(asked))
	case !before.until.IsZero():
		// It ended since. That is told now, not when the database answers.
		before.until = time.Time{}
		h.set(before, asked, func(*Status) {})
	}
	limited, stop := context.WithTimeout(ctx, within)
	a, err := h.table.take(limited, length)
	stop()
	now := time.Now()
	if err != nil {
		if ctx.Err() != nil {
			return 0 // the end, not a failure
		}
		return h.failed(err, before, now)
	}
	next := tenure{generation: before.generation}
	if a.held {
		next = tenure{generation: a.generation, until: asked.Add(length - length/marginPart)}
	}
	h.set(next, now, func(s *Status) { s.Failures, s.LastError, s.Leader = 0, "", a.holder })
	if a.held || a.remaining <= 0 {
		return h.options.Renew
	}
	return min(h.options.Renew, a.remaining+slack)
}

// failed keeps the lease as long as it lasts, and asks again sooner.
func (h *holder) failed(err error, before tenure, now time.Time) time.Duration {
	h.log.Warn("the lease cannot be asked for", "lease", h.options.Name, "error", err)
	next := before
	if !before.held(now) {
		next.until = time.Time{}
	}
	h.set(next, now, func(s *Status) { s.Failures, s.LastError = s.Failures+1, err.Error() })
	again := h.options.Renew / hurry
	if next.held(now) {
		again = min(again, max(next.until.Sub(now), 0))
	}
	return again
}

// set keeps a tenure and tells when it differs from what was last told.
func (h *holder) set(next tenure, now time.Time, note func(*Status)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	note(&h.status)
	held := next.held(now)
	differs := held != h.status.Held || held && next.generation != h.tenure.generation
	h.tenure, h.status.Held = next, held
	if !differs {
		return
	}
	h.log.Info("the lease changed", "lease", h.options.Name, "held", held, "generation", next.generation, "leader", h.status.Leader)
	select {
	case h.changed <- struct{}{}:
	default: // one is waiting already, and the receiver asks Leader
	}
}

// leave gives the lease back, so that another need not wait for its end. First this process stops to lead.
func (h *holder) leave(ctx context.Context) {
	h.mu.Lock()
	before := h.tenure
	h.mu.Unlock()
	h.set(tenure{generation: before.generation}, time.Now(), func(*Status) {})
	if before.until.IsZero() {
		return
	}
	ctx, stop := context.WithTimeout(ctx, releaseWithin)
	defer stop()
	if err := h.table.release(ctx); err != nil {
		h.log.Warn("the lease cannot be given back; another agent takes it when it ends", "lease", h.options.Name, "error", err)
	}
}

// unique is a holder's name: the machine's, for people, and chance, so that a process that starts again is another holder.
func unique() (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", errors.New("the host has no name to hold a lease by; give Options.Holder: " + err.Error())
	}
	const most, chance = 20, 8
	return host[:min(len(host), most)] + "-" + rand.Text()[:chance], nil
}
