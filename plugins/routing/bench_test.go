package routing

import (
	"strconv"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/store"
)

// BenchmarkRoute decides among 20 deployments. Compare runs with: go test -bench Route -count 10 | benchstat -
func BenchmarkRoute(b *testing.B) {
	var deployments []abi.Deployment
	for i := range 20 {
		deployments = append(deployments, deployment("d"+strconv.Itoa(i)))
	}
	c := &abi.Config{Groups: []abi.ModelGroup{grp("g", 2, "", deployments...)}, Breaker: abi.DefaultBreaker, Retry: abi.DefaultRetry}
	r, err := Compile(c, Registry{"first": Fixed("first", first{})}, NewMemory(&store.Map{}))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		q := request("g")
		if d := r.Route(q); len(d.Attempts) != 3 {
			b.Fatal(d)
		}
	}
}

// BenchmarkRun is a whole request whose first attempt answers.
func BenchmarkRun(b *testing.B) {
	var deployments []abi.Deployment
	for i := range 20 {
		deployments = append(deployments, deployment("d"+strconv.Itoa(i)))
	}
	c := &abi.Config{Groups: []abi.ModelGroup{grp("g", 2, "", deployments...)}, Breaker: abi.DefaultBreaker, Retry: abi.DefaultRetry}
	r, err := Compile(c, Registry{"first": Fixed("first", first{})}, NewMemory(&store.Map{}))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		run := r.Begin(request("g"))
		if _, a := run.Advance(t0); a == nil {
			b.Fatal(run.Decision)
		}
		run.Pass()
		outcomes := make([]abi.Outcome, len(run.Decision.Attempts))
		outcomes[0].Class = abi.ClassOK
		run.End(outcomes, t0)
	}
}
