package agent

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host"
	"github.com/routeiq/routeiq/sync/cmd/routeiq-agent/dryrun"
	"github.com/routeiq/routeiq/sync/diff"
	"github.com/routeiq/routeiq/sync/fleet"
	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/publish/hosts"
	"github.com/routeiq/routeiq/sync/revision"
	"github.com/routeiq/routeiq/sync/source"
)

const token = "token-planted-61d0"

// world is an agent with all that is around it: its source, its store, and a fleet of two proxies, of which the second runs a
// module of a release before this one.
type world struct {
	t        *testing.T
	options  Options
	store    *shelf
	lease    *lead
	source   *text
	also     publish.Publisher // beside the one for hosts; nil: none
	wire     wire
	one, two *node
	runsTwo  string // the module of the second
	fleet    *fleet.Fleet
	*Agent
	stop func()
}

// newWorld makes one. change may change the options, before anything runs.
func newWorld(t *testing.T, change func(*world)) *world {
	w := &world{t: t, store: newShelf(), lease: newLead(true), source: &text{}, runsTwo: older}
	w.options = Options{
		Source: "test://source", Sync: true, Interval: time.Minute, HotReload: true, Rollback: true,
		Poll: func(have func() source.Revision) Poller {
			p := source.NewPoller(w.source)
			p.Have, p.Jitter = have, -1
			return p
		},
		Getenv: environment, DryRun: trial(t, released), ReportMS: 5000,
		Store: w.store, File: revision.NewFile(filepath.Join(t.TempDir(), "good")), Lease: w.lease,
	}
	if change != nil {
		change(w)
	}
	w.start()
	t.Cleanup(func() { w.stop() })
	return w
}

// trial is the agent's own dry run, with a module.
func trial(t *testing.T, dir string) func(context.Context, *publish.Publication, *diff.Result) error {
	d := dryrun.New(host.Options{Module: module(t, dir)})
	t.Cleanup(func() {
		if err := d.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return d.Try
}

// start starts an agent, in place of the one before.
func (w *world) start() {
	w.t.Helper()
	w.fleet = fleet.New(fleet.Options{}) // what an agent knows of proxies ends with it
	h := hosts.New(hosts.Options{Nodes: w.fleet, Token: func() (abi.Secret, error) { return abi.Secret{Value: token}, nil }, ClearText: true})
	w.options.Fleet, w.options.Publishers = w.fleet, []publish.Publisher{h}
	if w.also != nil {
		w.options.Publishers = append(w.options.Publishers, w.also)
	}
	a, err := New(w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Agent = a
	server, port := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}, w.wire.listen()
	ctx, cancel := context.WithCancel(context.Background())
	served, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(port) // until it is closed
	}()
	if w.one == nil {
		w.one, w.two = join(w.t, "one", module(w.t, released), &w.wire), join(w.t, "two", module(w.t, w.runsTwo), &w.wire)
		synctest.Wait() // they ask
	}
	go func() {
		defer close(done)
		defer func() { // however it ends: its connections end with it
			if err := server.Close(); err != nil {
				w.t.Error(err)
			}
			h.Close()
			<-served
		}()
		_ = a.Run(ctx) // the context's, or it is killed in a hook
	}()
	w.stop = func() { cancel(); <-done }
	w.wait(1)
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

// refusing is a publisher to nobody, which a test has refuse.
type refusing struct {
	takes time.Duration // until it has offered what it gets

	mu  sync.Mutex
	err error
}

// Publish implements publish.Publisher.
func (p *refusing) Publish(context.Context, *publish.Publication) error {
	time.Sleep(p.takes)
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

func (p *refusing) set(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
}
