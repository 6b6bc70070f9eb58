package routing

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func limited(id string, rpm, tpm, parallel int) abi.Deployment {
	d := deployment(id)
	d.RPM, d.TPM, d.MaxParallel = rpm, tpm, parallel
	return d
}

func TestAFullDeploymentIsLeftOut(t *testing.T) {
	r := compile(t, []abi.ModelGroup{grp("g", 1, "", limited("a", 1, 0, 0), limited("b", 0, 100, 0))})
	if !r.NeedsTick() {
		t.Error("limits need no tick")
	}
	q := request("g")
	q.InputTokens = 60
	if asked, _ := play(t, r, q, "ok"); asked != "a" {
		t.Fatalf("asked %s", asked)
	}
	if asked, _ := play(t, r, q, "ok"); asked != "b" {
		t.Fatalf("asked %s", asked)
	}
	d := r.Route(q)
	if summary(d) != "429 rate_limit_exceeded" || d.Refusal.RetryAfterMS != 60_000 {
		t.Errorf("got %q, retry after %d ms", summary(d), d.Refusal.RetryAfterMS)
	}
	q.NowMS += 60_000
	if d := r.Route(q); summary(d) != "a b" {
		t.Errorf("in the next minute: %q", summary(d))
	}
}

func TestParallelIsHeldToTheEnd(t *testing.T) {
	r := compile(t, []abi.ModelGroup{grp("g", 1, "", limited("a", 0, 0, 1), deployment("b"))})
	run := r.Begin(request("g"))
	run.Advance(t0)
	run.Pass()
	if d := r.Route(request("g")); summary(d) != "b b -a:max_parallel_requests" {
		t.Errorf("while it is out: %q", summary(d))
	}
	run.End([]abi.Outcome{{Class: abi.ClassOK}, {}}, t0)
	if d := r.Route(request("g")); summary(d) != "a b" {
		t.Errorf("after its end: %q", summary(d))
	}
}

// TestAFailoverPassesOverAFullOne, and what goes there all the same is counted.
func TestAFailoverPassesOverAFullOne(t *testing.T) {
	r := compile(t, []abi.ModelGroup{grp("g", 2, "", deployment("a"), limited("b", 1, 0, 0), deployment("c"))})
	run := r.Begin(request("g"))
	run.Advance(t0)
	if asked, _ := play(t, r, request("b"), "ok"); asked != "b" { // meanwhile
		t.Fatal(asked)
	}
	if !run.Retry(abi.ClassServerError, t0) || run.Planned().Deployment.ID != "c" {
		t.Errorf("planned %v", run.Planned())
	}
}

func TestAdmit(t *testing.T) {
	r := compile(t, []abi.ModelGroup{grp("g", 0, "", deployment("a"))})
	if ticket, refusal := r.Admit(t0); refusal != nil || ticket.Taken {
		t.Errorf("without a bound: %v, %v", ticket, refusal)
	}
	r.config.Limits.MaxConcurrentRequests = 1
	ticket, refusal := r.Admit(t0)
	if refusal != nil {
		t.Fatal(refusal)
	}
	if _, refusal := r.Admit(t0); refusal == nil || refusal.Status != 503 || refusal.Code != "over_capacity" || refusal.RetryAfterMS != 1000 {
		t.Errorf("got %v", refusal)
	}
	r.Leave(ticket)
	if _, refusal := r.Admit(t0); refusal != nil {
		t.Errorf("after one left: %v", refusal)
	}
}
