package breaker

import (
	"sync"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/store"
)

const t0 = int64(1_700_000_000_000)

func newBoard() Board { return Board{&store.Map{}} }

// record tells the board of an attempt, and returns the transition as a list of none or one.
func record(b Board, id string, p abi.BreakerPolicy, class abi.Class, probeMS, nowMS int64) []Event {
	return tell(b, id, p, Attempt{Class: class, ProbeMS: probeMS, NowMS: nowMS})
}

func tell(b Board, id string, p abi.BreakerPolicy, a Attempt) []Event {
	if e, ok := b.Record(id, p, a); ok {
		return []Event{e}
	}
	return nil
}

func phase(b Board, id string, nowMS int64) Phase {
	c := b.Circuits().Find(id)
	if c == nil {
		return Closed
	}
	return c.Phase(nowMS)
}

func TestOpensAtTheFifthFailureInAMinute(t *testing.T) {
	b, p := newBoard(), abi.DefaultBreaker
	for i := range 4 {
		if events := record(b, "a", p, abi.ClassServerError, 0, t0+int64(i)*1000); events != nil {
			t.Fatalf("failure %d: %v", i+1, events)
		}
	}
	events := record(b, "a", p, abi.ClassConnect, 0, t0+59_999)
	if len(events) != 1 || events[0] != (Event{"a", Closed, Open, abi.ClassConnect, t0 + 59_999 + 30_000}) {
		t.Fatalf("got %v", events)
	}
	if got := phase(b, "a", t0+60_000); got != Open {
		t.Errorf("after five failures it is %s", got)
	}
	if got := phase(b, "b", t0+60_000); got != Closed {
		t.Errorf("another deployment is %s", got)
	}
}

func TestOldFailuresDoNotCount(t *testing.T) {
	b, p := newBoard(), abi.DefaultBreaker
	for i := range 20 {
		record(b, "a", p, abi.ClassServerError, 0, t0+int64(i)*15_000) // at most four in any minute
	}
	if got := phase(b, "a", t0+20*15_000); got != Closed {
		t.Errorf("four failures a minute made it %s", got)
	}
}

func TestWhatDoesNotCount(t *testing.T) {
	b, p := newBoard(), abi.DefaultBreaker
	for range 50 {
		for _, class := range []abi.Class{abi.ClassClientError, abi.ClassContext, abi.ClassContent, abi.ClassCancelled, abi.ClassOK} {
			record(b, "a", p, class, 0, t0)
		}
	}
	if got := phase(b, "a", t0); got != Closed {
		t.Errorf("it is %s", got)
	}
}

func open(b Board, p abi.BreakerPolicy) {
	for range p.FailureThreshold {
		record(b, "a", p, abi.ClassServerError, 0, t0)
	}
}

func TestHalfOpenLetsOneProbeThroughAndClosesAfterTwo(t *testing.T) {
	b, p := newBoard(), abi.DefaultBreaker
	open(b, p)
	if b.Probe("a", p, t0+29_999) {
		t.Error("a probe was let through while it is open")
	}
	now := t0 + 30_000
	if got := phase(b, "a", now); got != HalfOpen {
		t.Fatalf("after the pause it is %s", got)
	}
	if !b.Probe("a", p, now) {
		t.Fatal("no probe was let through")
	}
	if b.Probe("a", p, now+1) {
		t.Error("a second probe was let through while the first is out")
	}
	if events := record(b, "a", p, abi.ClassOK, now, now+10); events != nil {
		t.Errorf("one success: %v", events)
	}
	if !b.Probe("a", p, now+20) {
		t.Fatal("no second probe")
	}
	events := record(b, "a", p, abi.ClassOK, now+20, now+30)
	if len(events) != 1 || events[0].To != Closed {
		t.Fatalf("two successes: %v", events)
	}
	for range 4 { // its failures are forgotten: it takes five new ones
		record(b, "a", p, abi.ClassServerError, 0, now+40)
	}
	if got := phase(b, "a", now+40); got != Closed {
		t.Errorf("after closing, four failures make it %s", got)
	}
}

func TestAFailedProbeOpensAgain(t *testing.T) {
	b, p := newBoard(), abi.DefaultBreaker
	open(b, p)
	now := t0 + 30_000
	b.Probe("a", p, now)
	events := record(b, "a", p, abi.ClassTimeout, now, now+5)
	if len(events) != 1 || events[0].From != HalfOpen || events[0].To != Open || events[0].Class != abi.ClassTimeout {
		t.Fatalf("got %v", events)
	}
	if got := phase(b, "a", now+29_000); got != Open {
		t.Errorf("it is %s", got)
	}
}

func TestAProbeWhoseClientLeftSaysNothing(t *testing.T) {
	b, p := newBoard(), abi.DefaultBreaker
	open(b, p)
	now := t0 + 30_000
	b.Probe("a", p, now)
	if events := record(b, "a", p, abi.ClassCancelled, now, now+5); events != nil {
		t.Errorf("got %v", events)
	}
	if !b.Probe("a", p, now+6) {
		t.Error("its place was not given back")
	}
}

func TestALostProbeIsForgotten(t *testing.T) {
	b, p := newBoard(), abi.DefaultBreaker
	open(b, p)
	b.Probe("a", p, t0+30_000) // its worker dies: no Record
	if b.Probe("a", p, t0+59_999) {
		t.Error("its place was given away too early")
	}
	if !b.Probe("a", p, t0+60_000) {
		t.Error("its place is lost for ever")
	}
}

func TestLateFailuresDoNotLengthenAPause(t *testing.T) {
	b, p := newBoard(), abi.DefaultBreaker
	open(b, p)
	for i := range 50 { // of requests that were out when it opened
		record(b, "a", p, abi.ClassServerError, 0, t0+int64(i)*1000)
	}
	if !b.Probe("a", p, t0+50_000) {
		t.Error("late failures kept it open")
	}
}

func TestDisabledNeverOpens(t *testing.T) {
	b, p := newBoard(), abi.DefaultBreaker
	p.Enabled = false
	open(b, p)
	if got := phase(b, "a", t0); got != Closed {
		t.Errorf("it is %s", got)
	}
}

// TestHammer: eight workers fail and probe at once; one opens it, and never more than one probe is out.
func TestHammer(t *testing.T) {
	b, p := newBoard(), abi.DefaultBreaker
	b.Store.Swap(abi.KeyCircuits, nil, 0)
	b.Store.Swap(abi.KeyFailures+"a", nil, 0)
	var wg sync.WaitGroup
	opened := make([]int, 8)
	for w := range opened {
		wg.Go(func() {
			for range 100 {
				opened[w] += len(record(b, "a", p, abi.ClassServerError, 0, t0))
			}
		})
	}
	wg.Wait()
	if n := sum(opened); n != 1 {
		t.Errorf("it opened %d times", n)
	}
	took := make([]int, 8)
	for w := range took {
		wg.Go(func() {
			if b.Probe("a", p, t0+30_000) {
				took[w] = 1
			}
		})
	}
	wg.Wait()
	if n := sum(took); n != 1 {
		t.Errorf("%d probes were let through at once", n)
	}
}

func sum(values []int) (total int) {
	for _, v := range values {
		total += v
	}
	return total
}
