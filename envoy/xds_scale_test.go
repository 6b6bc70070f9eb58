package envoy

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/envoy/envoytest"
)

// deployments is how many deployments TestXDSScale publishes: with 10000 it measures, which takes minutes.
var deployments = flag.Int("deployments", 200, "how many deployments are published to Envoys by xDS")

// TestXDSScale measures how long it takes from publishing until two Envoys answer by it, when one of many deployments
// changed and when all did.
func TestXDSScale(t *testing.T) {
	one, other := model(t), model(t)
	f := newFleet(t, nil)
	f.within = 3 * time.Minute
	all := make([][3]string, *deployments)
	for i := range all {
		all[i] = [3]string{fmt.Sprintf("d%05d", i), one.URL, fmt.Sprintf("sk-%05d", i)}
	}
	nodes := []string{"one", "two"}
	first := f.publish(configOf("simple-shuffle", all...))
	envoys := []*envoytest.Envoy{f.start("one", false), f.start("two", false)}
	for i, node := range nodes {
		f.await(node+" to accept", func() bool { _, ok := f.since(0, "accepted", node, first); return ok })
		t.Logf("%d deployments: %s is ready in %s, %s", len(all), node, envoys[i].ReadyIn.Round(time.Millisecond), memory(t, envoys[i].PID()))
	}
	step := func(what string) {
		t.Helper()
		p := compiled(t, configOf("simple-shuffle", all...))
		n := f.records()
		began := time.Now()
		f.put(p)
		offered := time.Since(began)
		for _, node := range nodes {
			f.await(node+" to accept", func() bool { _, ok := f.since(n, "accepted", node, p.Revision); return ok })
		}
		accepted := time.Since(began)
		for i, e := range envoys {
			if got, err := askChat(e, false); err != nil || got.status != 200 || got.header.Get(abi.HeaderRevision) != p.Revision {
				t.Errorf("%s: %s answered %d by %q, %v; expected %s", what, nodes[i], got.status, got.header.Get(abi.HeaderRevision), err, p.Revision)
			}
		}
		t.Logf("%s: offered in %s, accepted by both in %s", what, offered.Round(time.Millisecond), accepted.Round(time.Millisecond))
	}
	all[len(all)/2][1] = other.URL
	step("one moves")
	all[len(all)/2][2] = "sk-new"
	step("one key is replaced")
	for i := range all {
		all[i][1], all[i][2] = other.URL, fmt.Sprintf("sk-other-%05d", i)
	}
	step("all move")
}
