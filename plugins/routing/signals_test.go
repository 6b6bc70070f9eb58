package routing

import (
	"fmt"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/signal"
	"github.com/routeiq/routeiq/plugins/store"
)

// counting prefers the candidate with the fewest answers it has learned of; it needs everything.
type counting struct{}

func (counting) Needs() abi.SignalSet {
	return abi.SignalInFlight | abi.SignalUsage | abi.SignalLatency | abi.SignalOutput
}
func (counting) Keep() signal.Settings { return signal.Settings{Sums: 1, List: 5, TTLMS: 1000} }
func (counting) Learn(own []float64, e *Experience) {
	if own[0]++; e.Failed {
		own[0] += 100
	}
}
func (counting) Estimate(_ *abi.Request, sums []float64) [2]float64 { return [2]float64{sums[0]} }
func (counting) Pick(_ *abi.Request, candidates []abi.Candidate) int {
	best := 0
	for i := range candidates {
		if candidates[i].Signals.Estimate[0] < candidates[best].Signals.Estimate[0] {
			best = i
		}
	}
	return best
}

func learning(t *testing.T, m *Memory, deployments ...abi.Deployment) *Router {
	t.Helper()
	g := grp("g", 0, "", deployments...)
	g.Strategy.Name = "counting"
	c := &abi.Config{
		Version: abi.ConfigVersion, Role: abi.RoleRouter, Groups: []abi.ModelGroup{g},
		Limits: abi.Limits{MaxBodyBytes: 1}, Breaker: abi.DefaultBreaker, Retry: abi.DefaultRetry, OnError: abi.OnErrorDeny,
	}
	r, err := Compile(c, Registry{"counting": Fixed("counting", counting{})}, m)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatIsLearnedOfAnAttempt(t *testing.T) {
	r := learning(t, NewMemory(new(store.Map)), deployment("a"), deployment("b"))
	q := request("g")
	q.Stream = true
	run := r.Begin(q)
	run.Advance(t0)
	if got := r.records["a"].Signals(); got.InFlight != 1 || got.Requests != 1 {
		t.Errorf("while it is out: %+v", got)
	}
	run.End([]abi.Outcome{{Class: abi.ClassOK, DurationMS: 800, FirstByteMS: 50, Usage: abi.Usage{Input: 10, Output: 4}}}, t0+800)
	want := abi.Signals{
		Minute: t0 / abi.MinuteMS, Requests: 1, Tokens: 14, Latency: abi.Mean{Value: 200, Count: 1, AtMS: t0 + 800},
		First: abi.Mean{Value: 50, Count: 1, AtMS: t0 + 800}, Output: abi.Mean{Value: 4, Count: 1, AtMS: t0 + 800},
	}
	if got := *r.records["a"].Signals(); got != want {
		t.Errorf("after its end: %+v, want %+v", got, want)
	}
	d := r.Route(request("g"))
	if d.Attempts[0].Deployment.ID != "b" || len(d.Seen) != 2 || d.Seen[0].Signals.Estimate != [2]float64{1, 0} || d.Seen[0].Signals.Latency != want.Latency {
		t.Errorf("it learned nothing: %+v", d)
	}
	for _, c := range []struct {
		class abi.Class
		sums  float64
	}{{abi.ClassServerError, 101}, {abi.ClassClientError, 0}, {abi.ClassCancelled, 0}, {abi.ClassOK, 1}} {
		before := r.records["b"].Sums(&r.groups["g"].settings)[0]
		run := r.Begin(request("b"))
		run.Advance(t0)
		run.End([]abi.Outcome{{Class: c.class}}, t0)
		if got := r.records["b"].Sums(&r.groups["g"].settings)[0] - before; got != c.sums || r.records["b"].Signals().InFlight != 0 {
			t.Errorf("%s: %v was learned, %d are under way", c.class, got, r.records["b"].Signals().InFlight)
		}
	}
	before := r.records["b"].Signals().Latency
	run = r.Begin(request("b"))
	run.Advance(t0)
	run.End([]abi.Outcome{{Class: abi.ClassTimeout}}, t0)
	if got := r.records["b"].Signals().Latency; got.Count != before.Count+1 || got.Value <= before.Value {
		t.Errorf("a timeout is no latency: %+v", got)
	}
}

// TestSignalsSurviveADocument: what is known of deployments that stay is known to the next document.
func TestSignalsSurviveADocument(t *testing.T) {
	m := NewMemory(new(store.Map))
	r := learning(t, m, deployment("a"), deployment("b"))
	answer(r, request("a"), 1)
	run := r.Begin(request("a")) // is out during the change
	run.Advance(t0)
	next := learning(t, m, deployment("a"), deployment("c"))
	r.Close()
	if d := next.Route(request("g")); d.Attempts[0].Deployment.ID != "c" {
		t.Errorf("the new document does not know what was learned: %q", summary(d))
	}
	if got := next.records["a"].Signals().InFlight; got != 1 {
		t.Errorf("%d under way", got)
	}
	run.End([]abi.Outcome{{Class: abi.ClassOK}}, t0)
	if got := next.records["a"].Signals().InFlight; got != 0 {
		t.Errorf("%d under way after the end", got)
	}
}

// TestADecisionIsMadeAgain from what the strategy was told then, whatever is known now.
func TestADecisionIsMadeAgain(t *testing.T) {
	r := learning(t, NewMemory(new(store.Map)), deployment("a"), deployment("b"), deployment("c"))
	answer(r, request("a"), 1)
	then := r.Route(request("g"))
	for range 5 {
		answer(r, request("b"), 1)
	}
	if now := r.Route(request("g")); now.Attempts[0].Deployment.ID != "c" {
		t.Fatalf("now: %q", summary(now))
	}
	if again := r.Again(request("g"), then.Seen); summary(again) != summary(then) || again.Attempts[0].Deployment.ID != "b" {
		t.Errorf("then %q, again %q", summary(then), summary(again))
	}
	var many []abi.Deployment
	for i := range maxSeen + 1 {
		many = append(many, deployment(fmt.Sprintf("d%03d", i)))
	}
	if d := learning(t, NewMemory(new(store.Map)), many...).Route(request("g")); len(d.Seen) != 0 || d.Unseen != maxSeen+1 {
		t.Errorf("of many candidates %d are told and %d are not", len(d.Seen), d.Unseen)
	}
}

// polled goes by gauges.
type polled struct{ first }

func (polled) MetricsPath() string  { return "/m" }
func (polled) Needs() abi.SignalSet { return abi.SignalGauges }

func TestPolls(t *testing.T) {
	unset := deployment("c")
	unset.Unconfigured = "no key"
	g := grp("g", 0, "", deployment("a"), deployment("b"), unset)
	g.Strategy.Name = "polled"
	r, err := Compile(&abi.Config{Groups: []abi.ModelGroup{g}}, Registry{"polled": Fixed("polled", polled{})}, NewMemory(new(store.Map)))
	if err != nil {
		t.Fatal(err)
	}
	r.memory.Tick(t0)
	polls := r.Polls(t0)
	if len(polls) != 2 || polls[0].Deployment.ID != "a" || polls[0].Path != "/m" {
		t.Fatalf("%+v", polls)
	}
	r.Gauge(polls[1], 0.5, 3, t0)
	if got := r.records["b"].Signals(); got.CacheUsage != 0.5 || got.Waiting != 3 || got.GaugesMS != t0 {
		t.Errorf("%+v", got)
	}
}
