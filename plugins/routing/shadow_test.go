package routing

import (
	"strconv"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/store"
)

// hindmost picks the last candidate.
type hindmost struct{}

func (hindmost) Pick(_ *abi.Request, candidates []abi.Candidate) int { return len(candidates) - 1 }

// head picks the first one.
type head struct{}

func (head) Pick(*abi.Request, []abi.Candidate) int { return 0 }

type turning struct{ head }

func (turning) TakesTurns() {}

func shadowed(t *testing.T, s abi.Shadow) (*Router, error) {
	t.Helper()
	path := []abi.APIPath{{API: abi.APIChat, Path: "/v1/chat/completions"}}
	return Compile(&abi.Config{Retry: abi.DefaultRetry, Groups: []abi.ModelGroup{{
		Name: "g", Strategy: abi.StrategyRef{Name: "head"}, WhenAllOpen: abi.WhenAllOpenRefuse, Retries: 1, Shadow: &s,
		Deployments: []abi.Deployment{{ID: "a", Paths: path}, {ID: "b", Paths: path}, {ID: "c", Paths: path}},
	}}}, Registry{"head": Fixed("head", head{}), "last": Fixed("last", hindmost{}), "turning": Fixed("turning", turning{})}, NewMemory(new(store.Map)))
}

// TestShadow: it is asked for a share of the requests, the same ones each time, no more than its budget in a second, and changes
// nothing.
func TestShadow(t *testing.T) {
	r, err := shadowed(t, abi.Shadow{Strategy: abi.StrategyRef{Name: "last"}, Percent: 25, PerSecond: 100})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	asked := func(i int, nowMS int64) *abi.Shadowed {
		q := abi.Request{ID: strconv.Itoa(i), Seed: abi.SeedOf(strconv.Itoa(i)), API: abi.APIChat, Model: "g", NowMS: nowMS}
		d := r.Route(&q)
		if d.Attempts[0].Deployment.ID != "a" || d.Attempts[1].Deployment.ID != "b" {
			t.Fatalf("request %d goes to %s and %s", i, d.Attempts[0].Deployment.ID, d.Attempts[1].Deployment.ID)
		}
		return d.Shadow
	}
	for i := range 1000 {
		s := asked(i, int64(i)*1000)
		if s == nil {
			continue
		}
		if count++; s.Strategy != "last" || s.Deployment != "c" {
			t.Fatalf("%+v", s)
		}
		if asked(i, int64(i)*1000) == nil {
			t.Fatalf("request %d is decided beside once, and then not", i)
		}
	}
	if count < 200 || count > 300 { // five deviations of 1000 tosses with a chance of a quarter
		t.Errorf("%d of 1000 requests are decided beside, expected a quarter", count)
	}
	count = 0
	for i := range 1000 {
		if asked(i, 5_000_000) != nil {
			count++
		}
	}
	if count != 100 {
		t.Errorf("%d are decided beside in a second, expected 100", count)
	}
}

func TestShadowRefuses(t *testing.T) {
	for name, want := range map[string]string{
		"turning": "groups[0].shadow.strategy.name: is turning, which takes turns", "none": "groups[0].shadow.strategy.name: is \"none\"",
	} {
		if _, err := shadowed(t, abi.Shadow{Strategy: abi.StrategyRef{Name: name}, Percent: 1, PerSecond: 1}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
