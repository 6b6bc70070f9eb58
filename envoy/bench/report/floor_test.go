package report

import (
	"strings"
	"testing"
	"time"
)

// TestFloorIsSetAgainstMissedGoals: the sample's floor takes 1.50 × and 0.100 ms; what is said follows from that and the goal.
func TestFloorIsSetAgainstMissedGoals(t *testing.T) {
	missP50 := func(r *Report) {
		r.Pairs[0].Rows[0].Ours = rounds(3, 800, 0, 90*µs, 351*µs)
	}
	slower := func(r *Report, p50 time.Duration, loads ...int) {
		for _, i := range loads {
			r.Pairs[0].Split[1].Loads[0].Series[i].P50 = p50
		}
	}
	for name, c := range map[string]struct {
		change func(*Report)
		lines  []string // every line that is said of a goal
	}{
		"none missed": {func(*Report) {}, nil},
		"CPU, with room": {func(r *Report) { r.Pairs[1].CPUGoal = 1.7 }, []string{
			`- routeiq-host: CPU a request, a small | request, 1 connection: 1.50 (1.50 … 1.50) × Go proxy, goal ≤ 1.7 × Go proxy: it leaves 0.20 × Go proxy for all that a module does beyond that;`,
			`- routeiq-host: CPU a request, a small | request, 32 connections: 1.50 (1.50 … 1.50) × Go proxy, goal ≤ 1.7 × Go proxy: it leaves 0.20 × Go proxy for all that a module does beyond that.`,
		}},
		"CPU, without": {func(r *Report) {
			r.Pairs[0].CPUGoal = 1.4
			r.Pairs[0].Split[1].Loads[1].Series = nil // not measured: nothing is said of it
		}, []string{
			`- Envoy + RouteIQ: CPU a request, a small | request, 1 connection: 1.50 (1.50 … 1.50) × plain Envoy, goal ≤ 1.4 × plain Envoy: above the goal in every round, before a module decides anything.`,
		}},
		"p50, with room": {missP50, []string{
			`- Envoy + RouteIQ: added p50, a small | request, 1 connection: 0.100 (0.100 … 0.100) ms, goal ≤ 0.150 ms: it leaves 0.050 ms for all that a module does beyond that.`,
		}},
		"p50, one round above": {func(r *Report) { missP50(r); slower(r, 400*µs, 1) }, []string{
			`- Envoy + RouteIQ: added p50, a small | request, 1 connection: 0.100 (0.100 … 0.200) ms, goal ≤ 0.150 ms: it leaves 0.050 ms, but was above the goal in some rounds.`,
		}},
		"p50, one round below": {func(r *Report) { missP50(r); slower(r, 400*µs, 1, 2) }, []string{
			`- Envoy + RouteIQ: added p50, a small | request, 1 connection: 0.200 (0.100 … 0.200) ms, goal ≤ 0.150 ms: above the goal, though not in every round.`,
		}},
		"p50, without": {func(r *Report) { missP50(r); slower(r, 351*µs, 0, 1, 2) }, []string{
			`- Envoy + RouteIQ: added p50, a small | request, 1 connection: 0.151 (0.151 … 0.151) ms, goal ≤ 0.150 ms: above the goal in every round, before a module decides anything.`,
		}},
		"no floor": {func(r *Report) { missP50(r); r.Pairs[0].Split = nil }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := sample()
			c.change(r)
			var b strings.Builder
			r.floorSentence(&b)
			var got []string
			for line := range strings.Lines(b.String()) {
				if strings.HasPrefix(line, "- ") {
					got = append(got, strings.TrimSuffix(line, "\n"))
				}
			}
			if a, b := strings.Join(got, "\n"), strings.Join(c.lines, "\n"); a != b {
				t.Errorf("got\n%s\nexpected\n%s", a, b)
			}
			if (b.Len() > 0) != (len(c.lines) > 0) {
				t.Errorf("a sentence without an end: %s", &b)
			}
		})
	}
}

// TestFloorIsLinked: the reader finds how the floor adds up, for each proxy with a missed goal.
func TestFloorIsLinked(t *testing.T) {
	r := sample()
	r.Pairs[0].CPUGoal, r.Pairs[1].CPUGoal = 1, 1
	text := r.Markdown()
	want := "in [the Envoy](#where-the-time-goes-in-the-envoy), in [the Host](#where-the-time-goes-in-the-host)"
	if !strings.Contains(text, want) || !strings.Contains(text, "\n## Where the time goes in the Envoy\n") {
		t.Errorf("%q is not in:\n%s", want, text)
	}
}
