package agent

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/revision"
)

// TestWay: a document becomes active, is acknowledged, watched and good; the next takes its place.
func TestWay(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) { w.source.set(texts["A"], nil) })
		w.expect("A watched")
		w.wait(6)
		w.expect("A good") // the first one has nothing to be compared with
		w.source.set(texts["B"], nil)
		w.wait(60)
		w.expect("B watched")
		if s := w.Status(); len(s.Change.Result.Changed) != 1 || s.Change.Result.Changed[0].ID != "changes" || s.Active.Models != 2 || len(s.Active.Hash) != 16 {
			t.Errorf("%+v", s)
		}
		w.wait(70)
		w.expect("B good")
		if w.store.stateOf(id("B")) != revision.Good {
			t.Error("the store does not know that B is good")
		}
		kept, err := w.options.File.Load()
		if err != nil || kept.ID != id("B") {
			t.Errorf("the file has %s, %v", kept.ID, err)
		}
	})
}

// TestNothingChanged: the same again, another order and another comment publish nothing, but are what is active then.
func TestNothingChanged(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) { w.source.set(texts["A"], nil) })
		w.wait(120)
		if n := w.Status().Swaps; n != 1 {
			t.Errorf("published %d times", n)
		}
		w.source.set(texts["A2"], nil)
		w.wait(60)
		w.expect("A2 good")
		if n := w.Status().Swaps; n != 1 {
			t.Errorf("a comment was published")
		}
		asked := w.source.asked()
		w.wait(600)
		if s := w.Status(); s.Success.Before(time.Now().Add(-2*time.Minute)) || w.source.asked() != asked+10 {
			t.Errorf("%+v, %d fetches", s.Success, w.source.asked()-asked)
		}
	})
}

// TestStepsThatKeepWhatRuns: every way a document can be wrong before it is published.
func TestStepsThatKeepWhatRuns(t *testing.T) {
	for _, c := range []struct {
		name, body string
		err        error
		step       Step
	}{
		{"the source fails", "", errors.New("no"), Fetch},
		{"a version of the future", "routeiq_version: 99\n" + texts["B"], nil, Migrate},
		{"empty", " ", nil, Parse},
		{"no YAML", "model_list: [", nil, Parse},
		{"half written: without model_list", "router_settings: {num_retries: 1}\n", nil, Parse},
		{"half written: without entries", "model_list:\n", nil, Compile},
		{"cut", strings.TrimSpace(texts["B"])[:60], nil, Parse},
		{"a value that is wrong", strings.Replace(texts["B"], "rpm: ", "rpm: many", 1), nil, Compile},
		{"the module does not take it", texts["N"], nil, DryRun},
	} {
		t.Run(c.name, func(t *testing.T) {
			within(t, func(t *testing.T) {
				w := newWorld(t, func(w *world) {
					w.source.set(texts["A"], nil)
					if c.step == DryRun {
						w.options.DryRun = trial(t, older)
					}
				})
				w.wait(10)
				w.source.set(c.body, c.err)
				w.wait(60)
				w.expect(fmt.Sprintf("A good, %s failed", c.step))
				since := w.Status().Failure.Since
				w.wait(300)
				w.expect(fmt.Sprintf("A good, %s failed", c.step))
				if f := w.Status().Failure; !f.Since.Equal(since) || f.Reason == "" {
					t.Errorf("it fails since %v, before since %v: %s", f.Since, since, f.Reason)
				}
				w.source.set(texts["C"], nil) // corrected, without a restart
				w.wait(360)
				w.expect("C good")
				w.source.set(texts["B"], nil)
				w.wait(180)
				w.expect("B good")
			})
		})
	}
}

// TestHotReloadOff: what changed is checked, and put to use only when it is asked for.
func TestHotReloadOff(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.source.set(texts["A"], nil)
			w.options.HotReload = false
		})
		w.wait(10)
		w.expect("A good") // there was nothing to serve before
		w.source.set(texts["B"], nil)
		w.wait(120)
		w.expect("A good, B waits")
		if c := w.Status().Change; c.To != id("B") || len(c.Result.Changed) != 1 {
			t.Errorf("%+v", c)
		}
		w.source.set("model_list: [", nil)
		w.wait(60)
		w.expect("A good, parse failed, B waits")
		w.source.set(texts["C"], nil)
		w.wait(60)
		w.expect("A good, C waits")
		r, err := w.Reload()
		if err != nil || r.State != Pending {
			t.Fatal(r, err)
		}
		w.wait(1)
		w.expect("C watched")
		if r, _ := w.ReloadOf(r.ID); r.State != Watching || r.Revision != id("C") {
			t.Errorf("%+v", r)
		}
		w.wait(120)
		if r, _ := w.ReloadOf(r.ID); r.State != Done || r.EndedAt.IsZero() {
			t.Errorf("%+v", r)
		}
	})
}

// TestReload: what becomes of each.
func TestReload(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.source.set(texts["A"], nil)
		})
		w.wait(10)
		for _, c := range []struct {
			body  string
			state ReloadState
			step  Step
		}{
			{texts["A"], Unchanged, ""},
			{"model_list: [", Failed, Parse},
			{texts["N"], RolledBack, Acknowledge},
			{texts["N"], HeldBack, Acknowledge},
			{texts["C"], Watching, ""},
		} {
			w.source.set(c.body, nil)
			r, err := w.Reload()
			if err != nil {
				t.Fatal(err)
			}
			w.wait(3)
			if r, ok := w.ReloadOf(r.ID); !ok || r.State != c.state || r.Step != c.step || (c.step != "") != (r.Reason != "") {
				t.Errorf("%s: %+v", c.state, r)
			}
		}
		for range 2 * maxReloads {
			if _, err := w.Reload(); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(w.reloads); n != maxReloads {
			t.Errorf("%d reloads are remembered", n)
		}
	})
}

// TestFollower: it fetches nothing, serves what is active, finds what its proxies cannot run, and takes over.
func TestFollower(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.lease.held = false
			w.source.set(texts["C"], nil)
		})
		w.wait(10)
		w.expect("nothing")
		leader := func(name string, good bool) {
			t.Helper()
			if err := errors.Join(w.store.Put(t.Context(), revision.Revision{ID: id(name), Source: []byte(texts[name])}), w.store.Activate(t.Context(), id(name), 1)); err != nil {
				t.Fatal(err)
			}
			if good {
				if err := w.store.Good(t.Context(), id(name)); err != nil {
					t.Fatal(err)
				}
			}
		}
		leader("A", true)
		w.wait(2)
		w.expect("A good")
		if _, err := w.Reload(); !errors.Is(err, ErrFollower) {
			t.Errorf("%v", err)
		}
		leader("N", false)
		w.wait(3)
		w.expect("A good, acknowledge failed, N is held")
		if w.store.stateOf(id("N")) != revision.Bad {
			t.Error("the others are not told")
		}
		if w.source.asked() != 0 {
			t.Error("a follower fetched")
		}
		w.lease.set(true)
		w.wait(120)
		w.expect("C good")
		n := w.source.asked()
		w.lease.set(false)
		w.wait(600)
		if w.source.asked() != n {
			t.Error("who does not lead any more fetched")
		}
	})
}

// TestStoreDown: what runs goes on, a bad revision is left all the same, and all is said when it answers again.
func TestStoreDown(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.source.set(texts["A"], nil)
		})
		down := func(err error) {
			w.store.mu.Lock()
			defer w.store.mu.Unlock()
			w.store.down = err
		}
		w.wait(10)
		down(errDown)
		w.source.set(texts["C"], nil)
		w.wait(120)
		w.expect("A good, store failed")
		down(nil)
		w.wait(120)
		w.expect("C good")
		w.one.cut.Store(true)
		w.two.cut.Store(true)
		w.source.set(texts["B"], nil)
		if _, err := w.Reload(); err != nil {
			t.Fatal(err)
		}
		w.wait(15)
		w.expect("B watched")
		down(errDown)
		w.wait(60)
		if s := w.Status(); s.Active.ID != id("C") || s.Held == nil {
			t.Errorf("%s", w.show())
		}
		down(nil)
		w.wait(120)
		if w.store.stateOf(id("B")) != revision.Bad || w.Status().Active.ID != id("C") {
			t.Errorf("B is %s; %s", w.store.stateOf(id("B")), w.show())
		}
	})
}

// TestStartWithoutSourceAndStore: the file's revision is served, and the store's when it answers.
func TestStartWithoutSourceAndStore(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) { w.source.set(texts["A"], nil) })
		w.wait(120)
		w.stop()
		w.source.set("", errors.New("the source is down"))
		w.store.down = errDown
		w.start()
		w.wait(5)
		if s := w.Status(); s.Active == nil || s.Active.ID != id("A") {
			t.Fatal(w.show())
		}
		w.store.mu.Lock()
		w.store.down = nil
		w.store.mu.Unlock()
		w.wait(120)
		w.expect("A good, fetch failed")
	})
}

// TestPublisherRefuses: what one publisher cannot offer is taken back from the proxies of the other, and tried again.
func TestPublisherRefuses(t *testing.T) {
	within(t, func(t *testing.T) {
		also := &refusing{}
		w := newWorld(t, func(w *world) {
			w.source.set(texts["A"], nil)
			w.also = also
		})
		w.wait(10)
		also.set(errors.New("keys would travel in clear"))
		w.source.set(texts["B"], nil)
		w.wait(120)
		w.expect("A good, publish failed")
		if a := w.Status().Active.Revision; w.store.active != id("A") || w.one.runs() != a || w.two.runs() != a {
			t.Errorf("%s is active in the store; the proxies run %s and %s", w.name(w.store.active), w.one.runs(), w.two.runs())
		}
		also.set(nil)
		w.wait(180)
		w.expect("B good")
	})
}

func TestOptions(t *testing.T) {
	_, err := New(Options{})
	for _, want := range []string{"source", "environment", "publisher", "fleet", "store", "file", "lease"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not missed: %v", want, err)
		}
	}
}
