package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/diff"
	"github.com/routeiq/routeiq/sync/fleet"
	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/revision"
	"github.com/routeiq/routeiq/sync/source"
)

// shelf is a store in memory, with the rules of the real one.
type shelf struct {
	mu         sync.Mutex
	list       map[string]*revision.Revision
	order      []string
	active     string
	good       map[string]int // when it was called good
	goods      int
	generation uint64
	down       error
}

func newShelf() *shelf { return &shelf{list: map[string]*revision.Revision{}, good: map[string]int{}} }

func (s *shelf) do(f func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		return s.down
	}
	return f()
}

func (s *shelf) Put(_ context.Context, r revision.Revision) error {
	return s.do(func() error {
		if s.list[r.ID] == nil {
			r.State = revision.Staged
			s.list[r.ID] = &r
			s.order = append(s.order, r.ID)
		}
		return nil
	})
}

func (s *shelf) Activate(_ context.Context, id string, generation uint64) error {
	return s.do(func() error {
		r := s.list[id]
		switch {
		case r == nil:
			return revision.ErrNotFound
		case generation < s.generation:
			return revision.ErrStale
		case r.State == revision.Bad:
			return revision.ErrHeld
		}
		s.generation = generation
		if old := s.list[s.active]; old != nil && old.State == revision.Active {
			old.State = revision.Staged
		}
		if r.State != revision.Good {
			r.State = revision.Active
		}
		r.ActivatedAt, s.active = time.Now(), id
		return nil
	})
}

func (s *shelf) Good(_ context.Context, id string) error {
	return s.do(func() error {
		if s.list[id].State == revision.Bad {
			return revision.ErrHeld
		}
		s.goods++
		s.list[id].State, s.good[id] = revision.Good, s.goods
		return nil
	})
}

func (s *shelf) Bad(_ context.Context, id, step, reason string) error {
	return s.do(func() error {
		r := s.list[id]
		if r == nil {
			return revision.ErrNotFound
		}
		if r.State == revision.Bad {
			return nil
		}
		r.State, r.Step, r.Reason = revision.Bad, step, reason
		if s.active == id {
			s.active = ""
			for other := range s.good {
				if s.list[other].State == revision.Good && (s.active == "" || s.good[other] > s.good[s.active]) {
					s.active = other
				}
			}
			if r := s.list[s.active]; r != nil {
				r.ActivatedAt = time.Now()
			}
		}
		return nil
	})
}

func (s *shelf) Active(ctx context.Context) (revision.Revision, error) { return s.Get(ctx, s.active) }

func (s *shelf) Get(_ context.Context, id string) (r revision.Revision, err error) {
	err = s.do(func() error {
		if s.list[id] == nil {
			return revision.ErrNotFound
		}
		r = *s.list[id]
		return nil
	})
	return r, err
}

func (s *shelf) List(_ context.Context, limit int) (list []revision.Revision, err error) {
	err = s.do(func() error {
		for _, id := range slices.Backward(s.order) {
			if len(list) < limit {
				r := *s.list[id]
				r.Source, r.Files = nil, nil
				list = append(list, r)
			}
		}
		return nil
	})
	return list, err
}

func (s *shelf) Head(context.Context) (h revision.Head, err error) {
	err = s.do(func() error {
		h.Active, h.Generation = s.active, s.generation
		return nil
	})
	return h, err
}

func (s *shelf) stateOf(id string) string {
	r, err := s.Get(context.Background(), id)
	if err != nil {
		return err.Error()
	}
	return r.State
}

// lead is a lease that a test gives and takes.
type lead struct {
	mu         sync.Mutex
	held       bool
	generation uint64
	changed    chan struct{}
}

func newLead(held bool) *lead {
	return &lead{held: held, generation: 1, changed: make(chan struct{}, 1)}
}

func (l *lead) Leader() (uint64, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.generation, l.held
}
func (l *lead) Changed() <-chan struct{} { return l.changed }

func (l *lead) set(held bool) {
	l.mu.Lock()
	l.held = held
	l.generation++
	l.mu.Unlock()
	l.changed <- struct{}{}
}

// text is a source whose content a test sets.
type text struct {
	mu      sync.Mutex
	body    string
	err     error
	fetches int
}

func (s *text) String() string { return "test://source" }

func (s *text) Fetch(_ context.Context, have source.Revision) (source.Document, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetches++
	if s.err != nil {
		return source.Document{}, s.err
	}
	return source.Since(have, "", source.Document{Body: []byte(s.body)})
}

func (s *text) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fetches
}

func (s *text) set(body string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.body, s.err = body, err
}

// proxies are nodes with one worker each that take what is published, unless behave says otherwise.
type proxies struct {
	fleet *fleet.Fleet

	mu        sync.Mutex
	names     []string
	behave    func(node string, p *publish.Publication) string // "", "refuse", or "silent"
	running   map[string]string
	published []string // revisions of documents
	refuse    error    // of the publisher
}

func (x *proxies) Publish(_ context.Context, p *publish.Publication) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.refuse != nil {
		return x.refuse
	}
	x.published = append(x.published, p.Revision)
	for _, node := range x.names {
		x.fleet.Sent(node, publish.Envoy, p.Revision, time.Now())
		switch what := x.behave(node, p); what {
		case "refuse":
			x.fleet.Refused(node, p.Revision, "it does not like it", time.Now())
		case "silent":
		default:
			x.fleet.Accepted(node, p.Revision, time.Now())
			x.running[node] = p.Revision
		}
	}
	return nil
}

// beat makes every node report what it runs.
func (x *proxies) beat() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for node, r := range x.running {
		x.fleet.Reported(&abi.Report{Node: node, Revision: r, StartedMS: time.Now().UnixMilli()}, time.Now())
	}
}

// serve makes a node report requests of what it runs.
func (x *proxies) serve(node string, answered, failed int, deployment string, broken int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	r := x.running[node]
	x.fleet.Reported(&abi.Report{Node: node, Revision: r,
		Requests: []abi.RequestCount{{Revision: r, Answered: answered, Failed: failed}},
		Attempts: []abi.AttemptCount{{Revision: r, Deployment: deployment, Made: answered + failed, Failed: broken}},
	}, time.Now())
}

func (x *proxies) count() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.published)
}

// world is an agent with all that is around it.
type world struct {
	t       *testing.T
	options Options
	store   *shelf
	lease   *lead
	source  *text
	proxies *proxies
	*Agent
	stop func()
}

// newWorld makes one whose proxies beat every five seconds. change may change the options.
func newWorld(t *testing.T, names []string, change func(*world)) *world {
	w := &world{t: t, store: newShelf(), lease: newLead(true), source: &text{}}
	w.proxies = &proxies{names: names, running: map[string]string{}, behave: func(string, *publish.Publication) string { return "" }}
	w.options = Options{
		Source: "test://source", Sync: true, Interval: time.Minute, HotReload: true, Rollback: true,
		Poll: func(have func() source.Revision) Poller {
			p := source.NewPoller(w.source)
			p.Have, p.Jitter = have, -1
			return p
		},
		Getenv:     func(string) (string, bool) { return "", false },
		DryRun:     func(context.Context, *publish.Publication, *diff.Result) error { return nil },
		Publishers: []publish.Publisher{w.proxies}, Store: w.store, File: revision.NewFile(filepath.Join(t.TempDir(), "good")), Lease: w.lease,
	}
	if change != nil {
		change(w)
	}
	w.start()
	t.Cleanup(func() { w.stop() })
	ended := make(chan struct{})
	t.Cleanup(func() { close(ended); synctest.Wait() })
	go func() {
		for {
			select {
			case <-ended:
				return
			case <-time.After(5 * time.Second):
				w.proxies.beat()
			}
		}
	}()
	return w
}

// start starts an agent, in place of the one before.
func (w *world) start() {
	w.t.Helper()
	f := fleet.New(fleet.Options{}) // what an agent knows of proxies ends with it
	w.proxies.mu.Lock()
	w.proxies.fleet, w.options.Fleet = f, f
	w.proxies.mu.Unlock()
	a, err := New(w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Agent = a
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = a.Run(ctx) // the context's
	}()
	w.stop = func() { cancel(); <-done }
	w.wait(0)
}

// wait lets time pass.
func (w *world) wait(seconds float64) {
	time.Sleep(time.Duration(seconds * float64(time.Second))) // of the test's own clock
	synctest.Wait()
}

// show is a status in a line.
func (w *world) show() string {
	s := w.Status()
	out := "nothing"
	if s.Active != nil {
		out = fmt.Sprintf("%s %s", w.name(s.Active.ID), s.Active.State)
	}
	if s.Failure != nil {
		out += fmt.Sprintf(", %s failed", s.Failure.Step)
	}
	if s.Held != nil {
		out += fmt.Sprintf(", %s is held", w.name(s.Held.Revision))
	}
	if s.Waiting != "" {
		out += fmt.Sprintf(", %s waits", w.name(s.Waiting))
	}
	return out
}

func (w *world) expect(want string) {
	w.t.Helper()
	if got := w.show(); got != want {
		_, _, line, _ := runtime.Caller(1)
		w.t.Errorf("line %d: got %q, want %q; %+v", line, got, want, w.Status().Failure)
	}
}

// texts are documents by name.
var texts = map[string]string{
	"A":  document("a", 1),
	"B":  document("b", 2),
	"C":  document("c", 3),
	"A2": "# with a comment\n" + document("a", 1),
}

func document(word string, rpm int) string {
	return fmt.Sprintf(`
model_list:
  - {model_name: chat, model_info: {id: changes}, litellm_params: {model: openai/m, mock_response: %s, rpm: %d}}
  - {model_name: other, model_info: {id: stays}, litellm_params: {model: openai/m, mock_response: stays}}
`, word, rpm)
}

func id(name string) string { return revision.ID([]byte(texts[name]), nil) }

func (w *world) name(of string) string {
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if id(name) == of {
			return name
		}
	}
	return cmp.Or(of, "nothing")
}

// within runs a test with a clock of its own.
func within(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

var errDown = errors.New("the database does not answer")

// realStore is a store in a file of SQLite.
func realStore(t *testing.T) Store {
	t.Helper()
	db, err := database.Open(context.Background(), "file:"+filepath.Join(t.TempDir(), "agent.db"), database.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return revision.NewStore(db)
}
