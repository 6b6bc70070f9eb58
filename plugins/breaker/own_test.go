package breaker

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/store"
)

// TestOwn: five failures open it, a probe that is abandoned leaves its place, two that succeed close it.
func TestOwn(t *testing.T) {
	o := Own{Board: Board{Store: new(store.Map)}, Name: "routeiq_x"}
	now := int64(1_760_000_000_000)
	call := func(class abi.Class) []Event {
		t.Helper()
		c, ok := o.Admit(now)
		if !ok {
			t.Fatal("it is left alone")
		}
		return o.Done(c, class, now)
	}
	for range 4 {
		if events := call(abi.ClassServerError); events != nil {
			t.Errorf("%+v", events)
		}
	}
	if events := call(abi.ClassTimeout); len(events) != 1 {
		t.Errorf("%+v", events)
	}
	if _, ok := o.Admit(now); ok {
		t.Error("it is asked")
	}
	now += 31_000
	probe, ok := o.Admit(now)
	if _, twice := o.Admit(now); !ok || twice {
		t.Errorf("probes: %v, %v", ok, twice)
	}
	o.Abandon(probe)
	call(abi.ClassOK)
	if events := call(abi.ClassOK); len(events) != 1 {
		t.Errorf("%+v", events)
	}
	o.Abandon(OwnCall{})
}

func TestClassOf(t *testing.T) {
	for status, want := range map[int]abi.Class{
		0: abi.ClassTimeout, 200: abi.ClassOK, 400: abi.ClassClientError, 401: abi.ClassAuth, 403: abi.ClassAuth, 404: abi.ClassNotFound,
		422: abi.ClassClientError, 429: abi.ClassRateLimited, 500: abi.ClassServerError, 503: abi.ClassServerError,
	} {
		if got := ClassOf(status); got != want {
			t.Errorf("%d: got %s, want %s", status, got, want)
		}
	}
}
