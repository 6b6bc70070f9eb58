package routing

import (
	"strconv"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/store"
)

// TestSuits: that every option suits a request is said only where each by itself is eligible.
func TestSuits(t *testing.T) {
	plain, small, deaf := deployment("plain"), deployment("small"), deployment("deaf")
	small.MaxInputTokens = 1000
	deaf.Lacks = []string{abi.NeedTools}
	for name, c := range map[string]struct {
		deployments []abi.Deployment
		change      func(q *abi.Request)
		want        bool
	}{
		"nothing stated": {[]abi.Deployment{plain}, func(q *abi.Request) { q.InputTokens, q.Needs = 1e9, abi.Needs }, true},
		"fits":           {[]abi.Deployment{plain, small, deaf}, func(q *abi.Request) { q.InputTokens = 1000 }, true},
		"too long":       {[]abi.Deployment{plain, small}, func(q *abi.Request) { q.InputTokens = 1001 }, false},
		"needs":          {[]abi.Deployment{plain, deaf}, func(q *abi.Request) { q.Needs = []string{abi.NeedTools} }, false},
		"region":         {[]abi.Deployment{plain}, func(q *abi.Request) { q.Region = "eu" }, false},
		"pinned":         {[]abi.Deployment{plain, small}, func(q *abi.Request) { q.Pinned = "plain" }, false},
	} {
		g := grp("g", 0, "", c.deployments...)
		r, err := Compile(&abi.Config{Groups: []abi.ModelGroup{g}}, Registry{"first": Fixed("first", first{})}, NewMemory(&store.Map{}))
		if err != nil {
			t.Fatal(err)
		}
		q := request("g")
		c.change(q)
		o := r.groups["g"].optionsOf(q.API)
		if got := o.suits(q); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
		eligible := true
		for _, one := range o.all {
			eligible = eligible && ineligible(q, one.attempt.Deployment) == ""
		}
		if eligible != c.want {
			t.Errorf("%s: all are eligible: %t", name, eligible)
		}
	}
}

// TestManyCandidates: the picks over the rest leave the others as they were, few or many, and so does the next decision.
func TestManyCandidates(t *testing.T) {
	const n = 5 * handful
	var deployments []abi.Deployment
	for i := range n {
		deployments = append(deployments, deployment("d"+strconv.Itoa(100+i)))
	}
	c := &abi.Config{Groups: []abi.ModelGroup{grp("g", n-1, "", deployments...)}, Retry: abi.RetryPolicy{BudgetPercent: 100, MaxAttempts: abi.MaxRetries}}
	for _, where := range []int{0, 1, 2} { // the first of those that are left, the middle, the last
		r, err := Compile(c, Registry{"first": Fixed("first", at(where))}, NewMemory(&store.Map{}))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			d := r.Route(request("g"))
			seen := map[string]bool{}
			for _, a := range d.Attempts {
				seen[a.Deployment.ID] = true
			}
			if len(d.Attempts) != n || len(seen) != n {
				t.Errorf("%d attempts at %d deployments, expected each of %d once", len(d.Attempts), len(seen), n)
			}
		}
	}
}

// at picks at a place: in halves from the beginning.
type at int

func (a at) Pick(_ *abi.Request, candidates []abi.Candidate) int {
	return int(a) * (len(candidates) - 1) / 2
}
