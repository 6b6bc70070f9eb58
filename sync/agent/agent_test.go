package agent

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/diff"
	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/revision"
)

var two = []string{"one", "two"}

// TestWay: a document becomes active, is acknowledged, watched and good; the next takes its place.
func TestWay(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, two, func(w *world) { w.source.set(texts["A"], nil) })
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
		w := newWorld(t, two, func(w *world) { w.source.set(texts["A"], nil) })
		w.wait(120)
		if n := w.proxies.count(); n != 1 {
			t.Errorf("published %d times", n)
		}
		w.source.set(texts["A2"], nil)
		w.wait(60)
		w.expect("A2 good")
		if n := w.proxies.count(); n != 1 {
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
		dry        bool
	}{
		{"the source fails", "", errors.New("no"), Fetch, false},
		{"a version of the future", "routeiq_version: 99\n" + texts["B"], nil, Migrate, false},
		{"empty", " ", nil, Parse, false},
		{"no YAML", "model_list: [", nil, Parse, false},
		{"half written: without model_list", "router_settings: {num_retries: 1}\n", nil, Parse, false},
		{"half written: without entries", "model_list:\n", nil, Compile, false},
		{"cut", strings.TrimSpace(texts["B"])[:60], nil, Parse, false},
		{"a value that is wrong", strings.Replace(texts["B"], "rpm: 2", "rpm: many", 1), nil, Compile, false},
		{"the module does not take it", texts["B"], nil, DryRun, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			within(t, func(t *testing.T) {
				dry := false
				w := newWorld(t, two, func(w *world) {
					w.source.set(texts["A"], nil)
					w.options.DryRun = func(context.Context, *publish.Publication, *diff.Result) error {
						if dry {
							return errors.New("the module refuses it")
						}
						return nil
					}
				})
				w.wait(10)
				dry = c.dry
				w.source.set(c.body, c.err)
				w.wait(60)
				w.expect(fmt.Sprintf("A good, %s failed", c.step))
				since := w.Status().Failure.Since
				w.wait(300)
				w.expect(fmt.Sprintf("A good, %s failed", c.step))
				if f := w.Status().Failure; !f.Since.Equal(since) || f.Reason == "" {
					t.Errorf("it fails since %v, before since %v: %s", f.Since, since, f.Reason)
				}
				dry = false
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

// TestRollback: every way a revision can fail after it was published, on one of two proxies. It is held until it changes, the last
// good one is on every proxy, and the next one takes effect.
func TestRollback(t *testing.T) {
	for _, c := range []struct {
		name   string
		behave string
		serve  func(w *world)
		step   Step
		within float64
	}{
		{"refused", "refuse", nil, Acknowledge, 2},
		{"not reported", "silent", nil, Acknowledge, 32},
		{"more requests fail", "", func(w *world) { w.proxies.serve("two", 20, 80, "changes", 80) }, Watch, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			within(t, func(t *testing.T) {
				w := newWorld(t, two, func(w *world) {
					w.source.set(texts["A"], nil)
					w.proxies.behave = func(node string, p *publish.Publication) string {
						if node == "two" && *p.Config.Groups[0].Deployments[0].Mock == "b" {
							return c.behave
						}
						return ""
					}
				})
				w.wait(50)
				w.proxies.serve("one", 1000, 1, "changes", 1)
				w.source.set(texts["B"], nil)
				w.wait(12)
				if c.behave != "refuse" {
					w.expect("B watched")
				}
				if c.serve != nil {
					c.serve(w)
				}
				w.wait(c.within)
				w.expect(fmt.Sprintf("A good, %s failed, B is held", c.step))
				a := w.Status().Active.Revision
				if w.proxies.running["one"] != a || w.proxies.running["two"] != a {
					t.Errorf("the proxies run %v, not %s", w.proxies.running, a)
				}
				n := w.proxies.count()
				w.wait(600)
				w.expect(fmt.Sprintf("A good, %s failed, B is held", c.step))
				if w.proxies.count() != n || w.store.stateOf(id("B")) != revision.Bad {
					t.Error("what is held was published, or the store does not know that it is bad")
				}
				w.source.set(texts["C"], nil)
				w.wait(180)
				w.expect("C good")
			})
		})
	}
}

// TestOutageIsNoReason: failures at a deployment that did not change roll nothing back.
func TestOutageIsNoReason(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, two, func(w *world) { w.source.set(texts["A"], nil) })
		w.wait(50)
		w.proxies.serve("one", 1000, 0, "stays", 0)
		w.source.set(texts["B"], nil)
		w.wait(12)
		w.proxies.serve("one", 100, 900, "stays", 900)
		w.wait(120)
		w.expect("B good")
	})
}

// TestNoRollback: CONFIG_RELOAD_ROLLBACK=false leaves it, and says what is wrong.
func TestNoRollback(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, two, func(w *world) {
			w.source.set(texts["A"], nil)
			w.options.Rollback = false
			w.proxies.behave = func(_ string, p *publish.Publication) string {
				if *p.Config.Groups[0].Deployments[0].Mock == "b" {
					return "refuse"
				}
				return ""
			}
		})
		w.wait(10)
		w.source.set(texts["B"], nil)
		w.wait(180)
		w.expect("B active, acknowledge failed")
		r, err := w.Rollback(t.Context(), "somebody")
		if err != nil || r != id("A") {
			t.Errorf("%s, %v", w.name(r), err)
		}
		w.wait(180)
		w.expect("A good, rollback failed, B is held")
	})
}

// TestNothingToComeBackTo: the first revision stays, and what is wrong is said until it is taken.
func TestNothingToComeBackTo(t *testing.T) {
	within(t, func(t *testing.T) {
		what := "silent"
		w := newWorld(t, two, func(w *world) {
			w.source.set(texts["A"], nil)
			w.proxies.behave = func(string, *publish.Publication) string { return what }
		})
		w.wait(100)
		w.expect("A watched, acknowledge failed")
		if _, err := w.Rollback(t.Context(), "somebody"); !errors.Is(err, ErrNothing) {
			t.Errorf("%v", err)
		}
		what = ""
		if err := w.proxies.Publish(t.Context(), w.active.Publication); err != nil {
			t.Fatal(err)
		}
		w.wait(60)
		w.expect("A good")
	})
}

// TestRollbackByHand holds what was rolled back, and a second one goes further back.
func TestRollbackByHand(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, two, func(w *world) { w.source.set(texts["A"], nil) })
		w.wait(10)
		for _, name := range []string{"B", "C"} {
			w.source.set(texts[name], nil)
			w.wait(180)
			w.expect(name + " good")
		}
		for _, want := range []string{"B", "A"} {
			r, err := w.Rollback(t.Context(), "somebody")
			if err != nil || r != id(want) {
				t.Fatalf("%s, %v", w.name(r), err)
			}
		}
		if _, err := w.Rollback(t.Context(), "somebody"); !errors.Is(err, ErrNothing) {
			t.Errorf("%v", err)
		}
		w.wait(300)
		w.expect("A good, rollback failed, C is held")
	})
}

// TestHotReloadOff: what changed is checked, and put to use only when it is asked for.
func TestHotReloadOff(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, two, func(w *world) {
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
		w := newWorld(t, two, func(w *world) {
			w.source.set(texts["A"], nil)
			w.proxies.behave = func(_ string, p *publish.Publication) string {
				if *p.Config.Groups[0].Deployments[0].Mock == "b" {
					return "refuse"
				}
				return ""
			}
		})
		w.wait(10)
		for _, c := range []struct {
			body  string
			state ReloadState
			step  Step
		}{
			{texts["A"], Unchanged, ""},
			{"model_list: [", Failed, Parse},
			{texts["B"], RolledBack, Acknowledge},
			{texts["B"], HeldBack, Acknowledge},
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
		w := newWorld(t, two, func(w *world) {
			w.lease.held = false
			w.source.set(texts["C"], nil)
			w.proxies.behave = func(_ string, p *publish.Publication) string {
				if *p.Config.Groups[0].Deployments[0].Mock == "b" {
					return "refuse"
				}
				return ""
			}
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
		leader("B", false)
		w.wait(3)
		w.expect("A good, acknowledge failed, B is held")
		if w.store.stateOf(id("B")) != revision.Bad {
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
		w := newWorld(t, two, func(w *world) {
			w.source.set(texts["A"], nil)
			w.proxies.behave = func(_ string, p *publish.Publication) string {
				if *p.Config.Groups[0].Deployments[0].Mock == "b" {
					return "silent"
				}
				return ""
			}
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
		w.source.set(texts["B"], nil)
		w.wait(55)
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
		w := newWorld(t, two, func(w *world) { w.source.set(texts["A"], nil) })
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

// TestPublisherRefuses: what cannot be offered is taken back, and tried again.
func TestPublisherRefuses(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, two, func(w *world) { w.source.set(texts["A"], nil) })
		w.wait(10)
		w.proxies.mu.Lock()
		w.proxies.refuse = errors.New("keys would travel in clear")
		w.proxies.mu.Unlock()
		w.source.set(texts["B"], nil)
		w.wait(120)
		w.expect("A good, publish failed")
		if w.store.active != id("A") {
			t.Errorf("%s is active in the store", w.name(w.store.active))
		}
		w.proxies.mu.Lock()
		w.proxies.refuse = nil
		w.proxies.mu.Unlock()
		w.wait(180)
		w.expect("B good")
	})
}

// TestKilledAtEachStep: an agent that ends at any step of any kind of change, without a chance to do anything more, is followed by
// one that finishes. The store is the real one.
func TestKilledAtEachStep(t *testing.T) {
	for _, bad := range []bool{false, true} {
		for _, step := range Steps {
			if !bad && step == Back {
				continue
			}
			t.Run(fmt.Sprintf("%s, bad %v", step, bad), func(t *testing.T) {
				within(t, func(t *testing.T) {
					killed, armed := false, false
					w := newWorld(t, two, func(w *world) {
						w.source.set(texts["A"], nil)
						w.options.Store = realStore(t)
						w.options.Hook = func(s Step) {
							if armed && s == step {
								armed, killed = false, true
								runtime.Goexit()
							}
						}
						w.proxies.behave = func(node string, p *publish.Publication) string {
							if bad && node == "two" && *p.Config.Groups[0].Deployments[0].Mock == "b" {
								return "refuse"
							}
							return ""
						}
					})
					w.wait(10)
					w.expect("A good")
					armed = true
					w.source.set(texts["B"], nil)
					w.wait(150)
					if reached := !bad || step != Acknowledge && step != Watch && step != Good; killed != reached {
						t.Fatalf("killed: %v", killed)
					}
					armed = false
					w.stop()
					for node, r := range w.proxies.running {
						if r == "" {
							t.Errorf("%s serves nothing", node)
						}
					}
					w.start()
					w.wait(180)
					if bad {
						w.expect("A good, acknowledge failed, B is held")
					} else {
						w.expect("B good")
					}
				})
			})
		}
	}
}

func TestOptions(t *testing.T) {
	_, err := New(Options{})
	for _, want := range []string{"source", "environment", "publisher", "fleet", "store", "file", "lease"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not missed: %v", want, err)
		}
	}
}
