package agent

import (
	"fmt"
	"runtime"
	"testing"
)

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
					w := newWorld(t, func(w *world) {
						w.source.set(texts["A"], nil)
						w.options.Store = realStore(t)
						w.options.Hook = func(s Step) {
							if armed && s == step {
								armed, killed = false, true
								runtime.Goexit()
							}
						}
					})
					w.wait(10)
					w.expect("A good")
					armed = true
					next := "B"
					if bad {
						next = "N"
					}
					w.source.set(texts[next], nil)
					w.wait(150)
					if reached := !bad || step != Acknowledge && step != Watch && step != Good; killed != reached {
						t.Fatalf("killed: %v", killed)
					}
					armed = false
					w.stop()
					w.one.serve("chat", 1, 0) // without an agent
					w.two.serve("chat", 1, 0)
					w.start()
					w.wait(180)
					if bad {
						w.expect("A good, acknowledge failed, N is held")
					} else {
						w.expect("B good")
					}
					if r := w.Status().Active.Revision; w.one.runs() != r || w.two.runs() != r {
						t.Errorf("the proxies run %s and %s, not %s", w.one.runs(), w.two.runs(), r)
					}
				})
			})
		}
	}
}
