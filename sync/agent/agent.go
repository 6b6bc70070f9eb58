// Package agent is the loop of the control plane: it brings what a source has to every proxy, step by step, and back when it was
// wrong. The first step that fails keeps what runs.
//
//	fetch ─▶ migrate ─▶ parse ─▶ compile ─▶ dry run ─▶ diff ─▶ store ─▶ publish ─▶ acknowledge ─▶ watch ─▶ good
//	  ✗         ✗         ✗         ✗          ✗                 ✗         ✗            ✗           ✗
//	  └─────────┴── what runs goes on running, and the source is asked again ──┘        └─ the last good revision comes back,
//	                                                                                       the bad one is held until it changes
//
// One agent leads and does all of it; the others serve what is active in the database they share, and say when a proxy of theirs
// cannot run it.
package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/routeiq/routeiq/sync/diff"
	"github.com/routeiq/routeiq/sync/fleet"
	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/revision"
	"github.com/routeiq/routeiq/sync/source"
)

// Store keeps revisions where all agents read them: *revision.Store.
type Store interface {
	Put(ctx context.Context, r revision.Revision) error
	Activate(ctx context.Context, id string, generation uint64) error
	Good(ctx context.Context, id string) error
	Bad(ctx context.Context, id, step, reason string) error
	Active(ctx context.Context) (revision.Revision, error)
	Get(ctx context.Context, id string) (revision.Revision, error)
	List(ctx context.Context, limit int) ([]revision.Revision, error)
	Head(ctx context.Context) (revision.Head, error)
}

// File keeps the last good revision beside the store: *revision.File.
type File interface {
	Load() (revision.Revision, error)
	Save(r revision.Revision) error
}

// Lease tells which agent leads: lease.Lease.
type Lease interface {
	Leader() (generation uint64, held bool)
	Changed() <-chan struct{}
}

// Fleet knows the proxies: *fleet.Fleet.
type Fleet interface {
	Progress(revision string, published, now time.Time) fleet.Progress
	Verdict(c fleet.Comparison) fleet.Verdict
	Window() time.Duration
	Changed() <-chan struct{}
}

// Poller fetches the source again and again: *source.Poller.
type Poller interface {
	Run(ctx context.Context, take func(context.Context, source.Event)) error
	Trigger()
}

// Options say what an agent works with. What is not marked as optional is required.
type Options struct {
	// Poll makes a poller for one time of leading; have tells which revision of the source is active.
	Poll   func(have func() source.Revision) Poller
	Source string // the source's URL, without secrets

	Sync      bool          // the source is polled; for the status only
	Interval  time.Duration // for the status only
	HotReload bool          // what changed is put to use by itself
	Rollback  bool          // the last good revision comes back by itself

	Getenv func(name string) (string, bool)
	// KeysElsewhere takes keys that are not set here as set where proxies run.
	KeysElsewhere bool
	// DryRun tries a publication with the real module; changes is what differs from what runs. nil: nothing is tried.
	DryRun     func(ctx context.Context, p *publish.Publication, changes *diff.Result) error
	Publishers []publish.Publisher
	Fleet      Fleet
	// ReportMS is how often modules report, where the configuration does not say: abi.Config.ReportMS.
	ReportMS int

	Store Store
	As    func(generation uint64) Store // the same for one who leads; nil: Store
	File  File
	Lease Lease

	Acknowledge time.Duration // how long a proxy may take to report a revision; 0: DefaultAcknowledge
	Log         *slog.Logger  // nil: nothing is logged

	// Hook is told each step as it begins, before any of it is done; nil: nobody. It is for tests that end an agent there.
	Hook func(Step)
}

// DefaultAcknowledge is how long a proxy may take to report a revision.
const DefaultAcknowledge = 30 * time.Second

// tick is how often the clock is looked at, and the database for what other agents did.
const tick = time.Second

// Agent is the loop. Make one with New; it is run once.
type Agent struct {
	o   Options
	log *slog.Logger

	events   chan fetched
	rollback chan byHand

	// Only the loop changes what follows, with mu held; others read it with mu held.
	mu         sync.Mutex
	active     *loaded // what is served; nil: nothing yet
	pending    *loaded // checked, and not active: it waits for a reload
	held       *Held
	watching   *watch // nil: what is active proved itself, or nobody looks
	last       *Change
	failure    *Failure
	attempt    time.Time // the last fetch
	success    time.Time
	next       time.Time
	swaps      int // publications since the start
	reloads    map[string]*Reload
	order      []string // of reloads
	poller     Poller   // nil: this agent does not lead
	stopPoller func()

	seen   source.Revision     // of the source, that is active
	unsaid map[string]*Failure // what was bad, by id, and the store does not know yet
	// unfit is what is active in the store and cannot be served here, and since when: it is not tried at every look.
	unfit   string
	unfitAt time.Time
}

// loaded is a revision, compiled.
type loaded struct {
	revision revision.Revision
	*publish.Publication
	document *diff.Document
	models   int
	hash     string // of the document alone, 16 hex digits
	at       time.Time
}

// fetched is an event on its way to the loop.
type fetched struct {
	source.Event
	done chan struct{}
}

// New makes an agent.
func New(o Options) (*Agent, error) {
	var errs []error
	missing := func(is bool, name string) {
		if is {
			errs = append(errs, fmt.Errorf("agent: %s is not given", name))
		}
	}
	missing(o.Poll == nil, "what polls the source")
	missing(o.Getenv == nil, "the environment")
	missing(len(o.Publishers) == 0, "a publisher")
	missing(o.Fleet == nil, "the fleet")
	missing(o.Store == nil, "the store")
	missing(o.File == nil, "the file of the last good revision")
	missing(o.Lease == nil, "the lease")
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	o.Acknowledge = cmp.Or(o.Acknowledge, DefaultAcknowledge)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Hook == nil {
		o.Hook = func(Step) {}
	}
	if o.As == nil {
		o.As = func(uint64) Store { return o.Store }
	}
	return &Agent{
		o: o, log: o.Log, events: make(chan fetched), rollback: make(chan byHand), reloads: map[string]*Reload{}, unsaid: map[string]*Failure{},
	}, nil
}

// Run serves what is active, and keeps it up to date until ctx ends. It returns when nothing of it runs any more.
func (a *Agent) Run(ctx context.Context) error {
	a.resume(ctx)
	defer a.stop()
	clock := time.NewTicker(tick)
	defer clock.Stop()
	for {
		a.lead(ctx)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e := <-a.events:
			a.handle(ctx, e.Event)
			close(e.done)
		case r := <-a.rollback:
			target, err := a.rollBackByHand(ctx, r.by)
			r.answer <- answer{target, err}
		case <-a.o.Lease.Changed():
		case <-a.o.Fleet.Changed():
			a.look(ctx)
		case <-clock.C:
			a.sayBad(ctx)
			a.adopt(ctx)
			a.look(ctx)
		}
	}
}

// lead starts and stops the poller as leadership comes and goes.
func (a *Agent) lead(ctx context.Context) {
	_, held := a.o.Lease.Leader()
	if held == (a.poller != nil) {
		return
	}
	if !held {
		a.log.Info("another agent leads: this one serves what is active")
		a.stop()
		return
	}
	a.log.Info("this agent leads", "source", a.o.Source)
	polling, cancel := context.WithCancel(ctx)
	poller := a.o.Poll(a.have)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		err := poller.Run(polling, func(ctx context.Context, e source.Event) {
			f := fetched{e, make(chan struct{})}
			select {
			case a.events <- f:
			case <-ctx.Done():
				return
			}
			select { // so that what it asks for next is what became of this one
			case <-f.done:
			case <-ctx.Done():
			}
		})
		if err != nil && polling.Err() == nil {
			a.log.Error("the source is not polled any more", "reason", err)
		}
	}()
	a.set(func() { a.poller, a.stopPoller = poller, func() { cancel(); <-ended } })
}

func (a *Agent) stop() {
	if a.poller == nil {
		return
	}
	a.stopPoller()
	a.set(func() {
		a.poller, a.stopPoller = nil, nil
		a.endReloads(Failed, "this agent does not lead any more: ask the one that does")
	})
}

// have is which revision of the source is active.
func (a *Agent) have() source.Revision {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seen
}

// set changes what others read.
func (a *Agent) set(change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
}

// writes is the store, for what this agent may write as a leader, and its generation.
func (a *Agent) writes() (Store, uint64) {
	generation, held := a.o.Lease.Leader()
	if !held {
		return a.o.Store, generation
	}
	return a.o.As(generation), generation
}
