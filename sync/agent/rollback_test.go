package agent

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/revision"
)

// TestRollback: every way a revision can fail after it was published, on one of two proxies. It is held until it changes, the last
// good one is on every proxy, and the next one takes effect.
func TestRollback(t *testing.T) {
	for _, c := range []struct {
		name   string
		next   string // its text
		before func(w *world)
		serve  func(w *world)
		step   Step
		within float64
	}{
		{"refused", "N", nil, nil, Acknowledge, 0},
		{"not reported", "B", func(w *world) { w.two.cut.Store(true) }, nil, Acknowledge, 30},
		{"more requests fail", "B", nil, func(w *world) { w.two.serve("chat", 20, 80) }, Watch, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			within(t, func(t *testing.T) {
				w := newWorld(t, func(w *world) { w.source.set(texts["A"], nil) })
				w.wait(50)
				w.one.serve("chat", 200, 1)
				if c.before != nil {
					c.before(w)
				}
				w.source.set(texts[c.next], nil)
				w.wait(11)
				if c.next == "B" {
					w.expect("B watched")
				}
				if c.serve != nil {
					c.serve(w)
				}
				w.wait(c.within)
				failed := fmt.Sprintf("A good, %s failed, %s is held", c.step, c.next)
				w.expect(failed)
				if a := w.Status().Active.Revision; w.one.runs() != a || w.two.runs() != a {
					t.Errorf("the proxies run %s and %s, not %s", w.one.runs(), w.two.runs(), a)
				}
				if c.step == Acknowledge && !strings.Contains(w.Status().Failure.Reason, "proxy two") {
					t.Errorf("it is not said which proxy it was: %s", w.Status().Failure.Reason)
				}
				w.two.cut.Store(false)
				n := w.Status().Swaps
				w.wait(600)
				w.expect(failed)
				if w.Status().Swaps != n || w.store.stateOf(id(c.next)) != revision.Bad {
					t.Error("what is held was published, or the store does not know that it is bad")
				}
				w.source.set(texts["C"], nil)
				w.wait(180)
				w.expect("C good")
			})
		})
	}
}

// TestLateRefusal: a proxy that comes when all others run a revision, and refuses it, is heard as long as it is watched.
func TestLateRefusal(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.source.set(texts["A"], nil)
			w.runsTwo = released
		})
		w.wait(10)
		w.source.set(texts["N"], nil)
		w.wait(80)
		w.expect("N watched")
		if w.watching.acked.IsZero() {
			t.Error("it is not acknowledged")
		}
		late := join(t, "late", module(t, older), &w.wire)
		w.wait(2)
		w.expect("A good, acknowledge failed, N is held")
		if a := w.Status().Active.Revision; late.runs() != a {
			t.Errorf("it runs %s, not %s", late.runs(), a)
		}
	})
}

// TestAnswerBeforeAllAreOffered: what a proxy says of a revision counts from when the first was offered it.
func TestAnswerBeforeAllAreOffered(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.source.set(texts["A"], nil)
			w.also = &refusing{takes: 5 * time.Second}
		})
		w.wait(10)
		w.source.set(texts["N"], nil)
		w.wait(66)
		w.expect("A good, acknowledge failed, N is held")
	})
}

// TestOutageIsNoReason: failures at a deployment that did not change roll nothing back, nor do those that its open breaker makes.
func TestOutageIsNoReason(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) { w.source.set(texts["A"], nil) })
		w.wait(50)
		w.one.serve("other", 200, 0)
		w.source.set(texts["B"], nil)
		w.wait(12)
		w.one.serve("other", 20, 180)
		w.wait(6)
		if tries := w.fleet.Attempts(time.Now())["stays"]; tries.Failed == 0 || tries.Paused == 0 {
			t.Errorf("the agent heard of %+v", tries)
		}
		w.wait(120)
		w.expect("B good")
	})
}

// TestNoRollback: CONFIG_RELOAD_ROLLBACK=false leaves it, and says what is wrong.
func TestNoRollback(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.source.set(texts["A"], nil)
			w.options.Rollback = false
		})
		w.wait(10)
		w.source.set(texts["N"], nil)
		w.wait(180)
		w.expect("N active, acknowledge failed")
		r, err := w.Rollback(t.Context(), "somebody")
		if err != nil || r != id("A") {
			t.Errorf("%s, %v", w.name(r), err)
		}
		w.wait(180)
		w.expect("A good, rollback failed, N is held")
	})
}

// TestNothingToComeBackTo: the first revision stays, and what is wrong is said until every proxy has reported it.
func TestNothingToComeBackTo(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) { w.lease.held = false })
		w.one.cut.Store(true)
		w.two.cut.Store(true)
		w.source.set(texts["A"], nil)
		w.lease.set(true)
		w.wait(100)
		w.expect("A watched, acknowledge failed")
		if _, err := w.Rollback(t.Context(), "somebody"); !errors.Is(err, ErrNothing) {
			t.Errorf("%v", err)
		}
		w.one.cut.Store(false)
		w.two.cut.Store(false)
		w.wait(10)
		w.expect("A good")
	})
}

// TestRollbackByHand holds what was rolled back, and a second one goes further back.
func TestRollbackByHand(t *testing.T) {
	within(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) { w.source.set(texts["A"], nil) })
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
