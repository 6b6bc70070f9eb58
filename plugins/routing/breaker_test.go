package routing

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
)

// fail makes a deployment fail so often.
func fail(t *testing.T, r *Router, id string, class abi.Class, times int, now int64) (events []breaker.Event) {
	t.Helper()
	for range times {
		q := request(id)
		q.NowMS = now
		_, e := play(t, r, q, string(class))
		events = append(events, e...)
	}
	return events
}

func TestBreakerLeavesOutAndProbes(t *testing.T) {
	r := compile(t, []abi.ModelGroup{grp("g", 1, "", deployment("a"), deployment("b"))})
	if e := fail(t, r, "a", abi.ClassServerError, 4, t0); e != nil {
		t.Fatalf("opened early: %v", e)
	}
	if e := fail(t, r, "a", abi.ClassServerError, 1, t0); len(e) != 1 {
		t.Fatalf("five failures: %v", e)
	}
	at := func(ms int64) (*abi.Request, Run) {
		q := request("g")
		q.NowMS = t0 + ms
		return q, r.Begin(q)
	}
	if _, run := at(1); summary(run.Decision) != "b b -a:breaker_open" {
		t.Errorf("while open: %q", summary(run.Decision))
	}
	end := func(run Run, now int64) {
		run.Advance(now)
		run.Pass()
		run.End([]abi.Outcome{{Class: abi.ClassOK}, {}}, now)
	}
	_, run := at(30_000)
	if summary(run.Decision) != "a? b" {
		t.Fatalf("half-open: %q", summary(run.Decision))
	}
	if _, run := at(30_001); summary(run.Decision) != "b b -a:breaker_probing" {
		t.Errorf("while the probe is out: %q", summary(run.Decision))
	}
	end(run, t0+30_010)
	_, run = at(30_020)
	end(run, t0+30_030)
	if _, run := at(30_040); summary(run.Decision) != "a b" {
		t.Errorf("after two successes: %q", summary(run.Decision))
	}
}

// TestEveryFailedAttemptCounts: not only a request's first.
func TestEveryFailedAttemptCounts(t *testing.T) {
	r := compile(t, []abi.ModelGroup{grp("g", 1, "", deployment("a"), deployment("b"))})
	var opened []string
	for range 5 {
		_, events := play(t, r, request("g"), "server_error timeout")
		for _, e := range events {
			opened = append(opened, e.Deployment)
		}
	}
	if len(opened) != 2 {
		t.Errorf("opened: %v", opened)
	}
}

func TestAProbeThatWasNotNeededIsGivenBack(t *testing.T) {
	r := compile(t, []abi.ModelGroup{grp("g", 1, "", deployment("a"), deployment("b"))})
	fail(t, r, "b", abi.ClassReset, 5, t0)
	q := request("g")
	q.NowMS = t0 + 30_000
	run := r.Begin(q)
	if summary(run.Decision) != "a b?" {
		t.Fatalf("got %q", summary(run.Decision))
	}
	run.Advance(q.NowMS)
	run.Pass()
	if d := r.Route(q); summary(d) != "a b?" {
		t.Errorf("its place is lost: %q", summary(d))
	}
}

func TestAllOpenSaysWhenToComeAgain(t *testing.T) {
	r := compile(t, []abi.ModelGroup{grp("g", 0, "", deployment("a"), deployment("b"))})
	fail(t, r, "a", abi.ClassServerError, 5, t0)
	q := request("b")
	run := r.Begin(q)
	run.Advance(t0)
	run.End([]abi.Outcome{{Class: abi.ClassRateLimited, RetryAfterMS: 25_000}}, t0)
	q = request("g")
	q.NowMS = t0 + 10_000
	d := r.Route(q)
	if summary(d) != "503 no_deployment_available" || d.Refusal.RetryAfterMS != 15_000 {
		t.Errorf("got %q, retry after %d ms", summary(d), d.Refusal.RetryAfterMS)
	}
	q = request("b") // it alone was asked for, and its provider asked to wait
	q.NowMS = t0 + 10_000
	if d := r.Route(q); summary(d) != "429 rate_limit_exceeded" || d.Refusal.RetryAfterMS != 15_000 {
		t.Errorf("got %q, retry after %d ms", summary(d), d.Refusal.RetryAfterMS)
	}
}

func TestTheLeastBad(t *testing.T) {
	g := grp("g", 2, "", deployment("a"), deployment("b"), deployment("c"))
	g.WhenAllOpen = abi.WhenAllOpenLeastBad
	r := compile(t, []abi.ModelGroup{g})
	fail(t, r, "a", abi.ClassServerError, 5, t0+2000)
	fail(t, r, "b", abi.ClassServerError, 5, t0+1000)
	q := request("g")
	q.NowMS = t0 + 3000
	if d := r.Route(q); summary(d) != "c c c -a:breaker_open -b:breaker_open" {
		t.Errorf("one is left: %q", summary(d))
	}
	fail(t, r, "c", abi.ClassServerError, 5, t0+3000)
	if d := r.Route(q); summary(d) != "b! -a:breaker_open -c:breaker_open" {
		t.Errorf("none is left: %q", summary(d))
	}
}

func TestRatesAreCountedOverWorkers(t *testing.T) {
	r := compile(t, []abi.ModelGroup{grp("g", 0, "", deployment("a"))})
	r.config.Breaker.FailurePercent, r.config.Breaker.MinRequests, r.config.Breaker.FailureThreshold = 50, 20, abi.MaxFailureThreshold
	if !r.NeedsTick() {
		t.Error("a breaker that looks at rates needs no tick")
	}
	other, err := Compile(r.config, Registry{"first": Fixed("first", first{})}, NewMemory(r.memory.Store))
	if err != nil {
		t.Fatal(err)
	}
	fail(t, other, "a", abi.ClassOK, 15, t0)
	other.memory.Tick(t0)
	r.memory.Tick(t0)
	fail(t, r, "a", abi.ClassOK, 5, t0)
	if e := fail(t, r, "a", abi.ClassReset, 19, t0); e != nil {
		t.Fatalf("19 of 39 failed: %v", e)
	}
	if e := fail(t, r, "a", abi.ClassReset, 1, t0); len(e) != 1 {
		t.Errorf("20 of 40 failed: %v", e)
	}
}

// TestAProbeIsMadeOnce: a group that is a fallback for two reasons takes one place.
func TestAProbeIsMadeOnce(t *testing.T) {
	g := grp("g", 0, "h", deployment("a"))
	g.ContextFallbacks = []string{"h"}
	r := compile(t, []abi.ModelGroup{g, grp("h", 0, "", deployment("b"))})
	fail(t, r, "b", abi.ClassServerError, 5, t0)
	q := request("g")
	q.NowMS = t0 + 30_000
	if d := r.Route(q); summary(d) != "a b? -b:breaker_probing" {
		t.Errorf("got %q", summary(d))
	}
}
