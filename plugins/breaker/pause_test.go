package breaker

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestAuthOpensAtOnce(t *testing.T) {
	b, p := newBoard(), abi.DefaultBreaker
	e := record(b, "a", p, abi.ClassAuth, 0, t0)
	if len(e) != 1 || e[0].To != Open || e[0].UntilMS != t0+30_000 {
		t.Fatalf("got %v", e)
	}
	if c := b.Circuits().Find("a"); c.Class != abi.ClassAuth {
		t.Errorf("its reason is %s", c.Class)
	}
}

func TestRetryAfterOpensForSoLong(t *testing.T) {
	p := abi.DefaultBreaker
	for _, c := range []struct{ after, want int64 }{{1, 1}, {1500, 1500}, {90_000, 90_000}, {86_400_000, 300_000}} {
		b := newBoard()
		tell(b, "a", p, Attempt{Class: abi.ClassRateLimited, RetryAfterMS: c.after, NowMS: t0})
		if got := b.Circuits().Find("a").UntilMS - t0; got != c.want {
			t.Errorf("asked to wait %d ms: open for %d, want %d", c.after, got, c.want)
		}
	}
}

func TestALaterRetryAfterIsBelieved(t *testing.T) {
	b, p := newBoard(), abi.DefaultBreaker
	for _, after := range []int64{1000, 20_000, 5000} { // three requests that were out together
		tell(b, "a", p, Attempt{Class: abi.ClassRateLimited, RetryAfterMS: after, NowMS: t0})
	}
	if got := b.Circuits().Find("a").UntilMS - t0; got != 20_000 {
		t.Errorf("open for %d ms", got)
	}
	for range 100 { // and never for ever: each is counted from its own time, and capped
		tell(b, "a", p, Attempt{Class: abi.ClassRateLimited, RetryAfterMS: 86_400_000, NowMS: t0 + 1000})
	}
	if got := b.Circuits().Find("a").UntilMS - t0; got != 301_000 {
		t.Errorf("open for %d ms", got)
	}
}

func TestPausesGrowUpToTheCap(t *testing.T) {
	b, p := newBoard(), abi.DefaultBreaker
	open(b, p)
	now, before := t0, int64(0)
	for trip := 1; trip <= 8; trip++ {
		c := b.Circuits().Find("a")
		pause := c.UntilMS - now
		full := min(int64(p.OpenMS)<<(trip-1), int64(p.MaxOpenMS))
		if c.Trips != trip || pause > full || pause < full*8/10 || trip == 1 && pause != full {
			t.Errorf("trip %d (counted %d): %d ms, want up to %d", trip, c.Trips, pause, full)
		}
		if trip < 4 && pause <= before {
			t.Errorf("trip %d: %d ms, not more than before", trip, pause)
		}
		before, now = pause, c.UntilMS
		if !b.Probe("a", p, now) {
			t.Fatal("no probe")
		}
		tell(b, "a", p, Attempt{Class: abi.ClassReset, ProbeMS: now, NowMS: now, Seed: uint64(trip)})
	}
	for range 2 {
		now = max(now, b.Circuits().Find("a").UntilMS)
		b.Probe("a", p, now)
		record(b, "a", p, abi.ClassOK, now, now)
	}
	open(b, p)
	if c := b.Circuits().Find("a"); c.Trips != 1 {
		t.Errorf("after it closed the pauses begin anew; it is trip %d", c.Trips)
	}
}

// TestARestartLengthensNoPause: a pause is a point in time. Another board over the same store ends it when the first would.
func TestARestartLengthensNoPause(t *testing.T) {
	b, p := newBoard(), abi.DefaultBreaker
	open(b, p)
	again := Board{b.Store}
	if got := phase(again, "a", t0+29_999); got != Open {
		t.Errorf("before its end it is %s", got)
	}
	if !again.Probe("a", p, t0+30_000) {
		t.Error("after its end it lets no probe through")
	}
}
