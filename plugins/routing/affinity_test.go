package routing

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/store"
)

// last prefers the candidate with the highest id.
type last struct{}

func (last) Pick(_ *abi.Request, c []abi.Candidate) int { return len(c) - 1 }

func sticky(t *testing.T, mode abi.AffinityMode, s store.Store) *Router {
	t.Helper()
	g := grp("g", 1, "f", deployment("a"), deployment("b"), deployment("c"))
	g.Affinity = &abi.Affinity{Mode: mode, TTLMS: 1000}
	f := grp("f", 0, "", deployment("z"))
	c := &abi.Config{
		Version: abi.ConfigVersion, Role: abi.RoleRouter, Groups: []abi.ModelGroup{g, f},
		Limits: abi.Limits{MaxBodyBytes: 1}, Breaker: abi.DefaultBreaker, Retry: abi.DefaultRetry, OnError: abi.OnErrorDeny,
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	r, err := Compile(c, Registry{"first": Fixed("first", last{})}, NewMemory(s))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// turn makes a request of a conversation and ends it at the attempt of that id.
func turn(t *testing.T, r *Router, p *abi.Prompt, id string, at int64) abi.Decision {
	t.Helper()
	q := request("g")
	q.NowMS = at
	if words, _ := r.Reads(q.Model); !words {
		t.Fatal("the words are not asked for")
	}
	r.Read(q, p, nil)
	run := r.Begin(q)
	outcomes := make([]abi.Outcome, len(run.Decision.Attempts))
	for i, a := run.Advance(at); a != nil; i, a = run.Advance(at) {
		if a.Deployment.ID == id {
			outcomes[i] = abi.Outcome{Deployment: id, Class: abi.ClassOK}
			break
		}
		outcomes[i] = abi.Outcome{Deployment: a.Deployment.ID, Class: abi.ClassServerError}
	}
	run.End(outcomes, at)
	return run.Decision
}

func TestAConversationStays(t *testing.T) {
	r := sticky(t, abi.AffinityStick, new(store.Map))
	opening := &abi.Prompt{System: "s", First: "hello", Last: "hello", Messages: 2}
	later := &abi.Prompt{System: "s", First: "hello", Last: "and then?", Messages: 4}
	if d := turn(t, r, opening, "b", t0); summary(d)[:3] != "c b" {
		t.Fatalf("at first the strategy chooses: %q", summary(d))
	}
	if d := turn(t, r, later, "b", t0+1); d.Attempts[0].Deployment.ID != "b" {
		t.Errorf("it left who served it: %q", summary(d))
	}
	if d := turn(t, r, opening, "c", t0+2); d.Attempts[0].Deployment.ID != "c" {
		t.Errorf("another that begins alike is not it: %q", summary(d))
	}
	if d := turn(t, r, &abi.Prompt{System: "s", First: "good morning", Messages: 9}, "c", t0+3); d.Attempts[0].Deployment.ID != "c" {
		t.Errorf("another conversation: %q", summary(d))
	}
	if d := turn(t, r, later, "z", t0+4); d.Attempts[0].Deployment.ID != "c" {
		t.Errorf("after the newest that began alike: %q", summary(d))
	}
	if d := turn(t, r, later, "c", t0+5); d.Attempts[0].Deployment.ID != "c" {
		t.Errorf("a fallback's deployment is not remembered: %q", summary(d))
	}
	if d := turn(t, r, later, "c", t0+2000); d.Attempts[0].Deployment.ID != "c" || len(d.Attempts) != 3 {
		t.Errorf("after its time: %q", summary(d))
	}
}

func TestAffinityByPriceLeavesTheChoice(t *testing.T) {
	r := sticky(t, abi.AffinityPrice, new(store.Map))
	p := &abi.Prompt{First: "hello", Messages: 5}
	turn(t, r, p, "b", t0)
	q := request("g")
	r.Read(q, p, nil)
	if d := r.Route(q); d.Attempts[0].Deployment.ID != "c" || q.Sticky != "b" {
		t.Errorf("%q, sticky %q", summary(d), q.Sticky)
	}
}

func TestAStickyDeploymentThatIsOpen(t *testing.T) {
	r := sticky(t, abi.AffinityStick, new(store.Map))
	p := &abi.Prompt{First: "hello", Messages: 5}
	turn(t, r, p, "b", t0)
	fail(t, r, "b", abi.ClassServerError, 5, t0)
	q := request("g")
	r.Read(q, p, nil)
	if d := r.Route(q); d.Attempts[0].Deployment.ID != "c" {
		t.Errorf("%q", summary(d))
	}
}
