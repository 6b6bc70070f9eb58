package breaker

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestAClassWithItsOwnThreshold(t *testing.T) {
	b, p := newBoard(), abi.DefaultBreaker
	p.ThresholdByClass = []abi.ClassCount{{Class: abi.ClassRateLimited, Count: 7}, {Class: abi.ClassAuth, Count: 2}}
	for range 6 {
		record(b, "a", p, abi.ClassRateLimited, 0, t0)
	}
	for range 4 {
		record(b, "a", p, abi.ClassServerError, 0, t0)
	}
	record(b, "a", p, abi.ClassAuth, 0, t0)
	if got := phase(b, "a", t0); got != Closed {
		t.Fatalf("six of seven, four of five and one of two make it %s", got)
	}
	if e := record(b, "a", p, abi.ClassAuth, 0, t0); len(e) != 1 || e[0].Class != abi.ClassAuth {
		t.Errorf("the second 401: %v", e)
	}
}

func TestRateTrips(t *testing.T) {
	p := abi.DefaultBreaker
	p.FailureThreshold, p.FailurePercent, p.MinRequests = abi.MaxFailureThreshold, 50, 10
	for _, c := range []struct {
		recent, failed int
		want           Phase
	}{{9, 9, Closed}, {10, 4, Closed}, {10, 5, Open}, {100, 50, Open}, {100, 49, Closed}} {
		b := newBoard()
		tell(b, "a", p, Attempt{Class: abi.ClassReset, NowMS: t0, Recent: c.recent, RecentFailed: c.failed})
		if got := phase(b, "a", t0); got != c.want {
			t.Errorf("%d of %d failed: %s, want %s", c.failed, c.recent, got, c.want)
		}
	}
}
