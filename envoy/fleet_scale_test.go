package envoy

import (
	"fmt"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/envoy/envoytest"
	"github.com/routeiq/routeiq/envoy/faults/engine/enginetest"
	"github.com/routeiq/routeiq/envoy/process"
)

// TestFleetScale measures the whole way of a change, from the file to its effect on two Envoys, when one of -deployments
// moves and when all do: go test ./envoy -run TestFleetScale -v -args -deployments 10000
func TestFleetScale(t *testing.T) {
	one, other := model(t), model(t)
	all := make([][3]string, *deployments)
	for i := range all {
		all[i] = [3]string{fmt.Sprintf("d%05d", i), one.URL, fmt.Sprintf("sk-%05d", i)}
	}
	a := newAgent(t, enginetest.Tools(t), configOf("simple-shuffle", all...), "--acknowledge", "2m")
	proxies := []*envoytest.Envoy{a.join("edge-1"), a.join("edge-2")}
	s := a.until("run by both", runs(2))
	change := func(what string) {
		t.Helper()
		before := s.Revision
		pids := []int{a.cmd.Process.Pid, proxies[0].PID(), proxies[1].PID()}
		used := cpu(t, pids)
		began := time.Now()
		a.write(configOf("simple-shuffle", all...))
		for _, p := range proxies {
			tick := time.NewTicker(50 * time.Millisecond) // to ask more often would take the processor from what is measured
			defer tick.Stop()
			for end := began.Add(3 * time.Minute); ; <-tick.C {
				got, err := askChat(p, false)
				if err == nil && got.status == 200 && got.header.Get(abi.HeaderRevision) != before {
					break
				}
				if time.Now().After(end) {
					t.Fatalf("%s: it has no effect: %+v, %v", what, got, err)
				}
			}
		}
		effect := time.Since(began)
		s = a.until("run by both", func(now *status) bool { return runs(2)(now) && now.Revision != before })
		for i, d := range cpu(t, pids) {
			used[i] = (d - used[i]).Round(10 * time.Millisecond)
		}
		t.Logf("%d deployments, %s: in effect on both Envoys after %v, acknowledged by their modules after %v; CPU of the agent and of each Envoy: %v",
			len(all), what, effect.Round(10*time.Millisecond), time.Since(began).Round(10*time.Millisecond), used)
	}
	all[len(all)/2][1] = other.URL
	change("one moves")
	for i := range all {
		all[i][1] = other.URL
	}
	change("all move")
}

// cpu is the time that processes have used.
func cpu(t *testing.T, pids []int) []time.Duration {
	t.Helper()
	all := make([]time.Duration, len(pids))
	for i, pid := range pids {
		d, err := process.CPUOf(pid)
		if err != nil {
			t.Fatal(err)
		}
		all[i] = d
	}
	return all
}
