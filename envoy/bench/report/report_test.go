package report

import (
	"strings"
	"testing"
	"time"
)

// sample is a run in which every goal is reached, by a hair.
func sample() *Report {
	row := func(workload string, connections int, goal bool) Row {
		return Row{
			Text: "a " + workload + " | request", Workload: workload, Connections: connections, Goal: goal,
			Base: rounds(3, 1000, 0, 50*µs, 200*µs), Ours: rounds(3, 800, 0, 90*µs, 350*µs),
		}
	}
	part := func(text string, floor bool, cpu, p50 time.Duration) Part {
		return Part{Text: text, Floor: floor, Loads: []Load{{1, rounds(3, 10, 0, cpu, p50)}, {32, rounds(3, 20, 0, 2*cpu, p50)}}}
	}
	pair := func(title, base, ours string, cpu float64) Pair {
		return Pair{Title: title, Inside: "the " + title, Base: base, Ours: ours, CPUGoal: cpu, Rows: []Row{row("small", 1, true), row("small", 32, true), row("large", 1, false), row(FirstEventWorkload, 1, false)},
			Split: []Part{
				part("plain", false, 50*µs, 200*µs), part("least", true, 75*µs, 300*µs), part("ours", false, 90*µs, 350*µs),
			},
			Hotspots: []Hotspot{{"the module", 0.25, 20 * µs}},
		}
	}
	return &Report{
		Machine: []Fact{{"cores", "2 × Some CPU"}}, Command: "make bench", Settings: "It is measured so.",
		Direct: []Row{row("small", 1, false)},
		Pairs:  []Pair{pair("Envoy", "plain Envoy", "Envoy + RouteIQ", 1.8), pair("Host", "Go proxy", "routeiq-host", 1.8)},
		Dead:   []Dead{{"routeiq-host", 64, rounds(2, 500, 0, 90*µs, 300*µs)}},
		Starts: []Start{{Name: "routeiq-host, warm cache", Times: []time.Duration{time.Second / 2, time.Second / 4, time.Second}, RSS: 90e6, Peak: 95e6, Goal: time.Second / 2}},
	}
}

func TestEveryGoalIsJudged(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Report)
		short  string // the one goal that is missed
	}{
		"all reached": {func(*Report) {}, ""},
		"Envoy's CPU": {func(r *Report) { r.Pairs[0].CPUGoal = 1.79 }, "Envoy + RouteIQ: CPU"},
		"host's CPU":  {func(r *Report) { r.Pairs[1].CPUGoal = 1.79 }, "routeiq-host: CPU"},
		"added p50": {func(r *Report) {
			r.Pairs[0].Rows[0].Ours = rounds(3, 800, 0, 90*µs, 351*µs)
		}, "Envoy + RouteIQ: added p50"},
		"start":       {func(r *Report) { r.Starts[0].Times[0] += time.Millisecond }, "warm cache: from the process's start"},
		"no start":    {func(r *Report) { r.Starts[0].Times = nil }, "warm cache: from the process's start"},
		"dead":        {func(r *Report) { r.Dead[0].Series[1].Errors = 1 }, "a dead first deployment"},
		"dead, none":  {func(r *Report) { r.Dead[0].Series = nil }, "a dead first deployment"},
		"direct":      {func(r *Report) { r.Direct[0].Base[0].Errors = 1 }, "errors in all other runs"},
		"a workload":  {func(r *Report) { r.Pairs[1].Rows[2].Ours[0].Errors = 1 }, "errors in all other runs"},
		"the split":   {func(r *Report) { r.Pairs[1].Split[1].Loads[1].Series[0].Errors = 1 }, "errors in all other runs"},
		"no requests": {func(r *Report) { r.Pairs[1].Rows[1].Ours = nil }, "routeiq-host: CPU"},
	} {
		t.Run(name, func(t *testing.T) {
			r := sample()
			c.change(r)
			missed := 0
			for _, g := range r.goals() {
				if g.reached {
					continue
				}
				missed++
				if c.short == "" || !strings.Contains(g.text, c.short) {
					t.Errorf("falls short: %s: %s, goal %s", g.text, g.got, g.aim)
				}
			}
			if c.short != "" && missed == 0 {
				t.Errorf("nothing falls short, expected %q", c.short)
			}
			if got := strings.Count(r.Markdown(), "**falls short**"); got != missed {
				t.Errorf("the document says %d times that it falls short, expected %d", got, missed)
			}
			if got := strings.Count(r.Summary(), "falls short "); got != missed {
				t.Errorf("the summary says %d times that it falls short, expected %d", got, missed)
			}
		})
	}
}

func TestMarkdown(t *testing.T) {
	r := sample()
	r.Notes = []string{"something\nwas odd"}
	text := r.Markdown()
	for _, want := range []string{
		"make bench", "| cores | 2 × Some CPU |", "- something was odd\n", "It is measured so.",
		`| a small \| request | 32 | 50.0 | 90.0 | 1.80 (1.80 … 1.80) | 0.200 | 0.350 | 0.150 (0.150 … 0.150) | 0.600 | 1.050 | 3000 + 2400 | 0 + 0 |`,
		`| a paused \| request | 1 | 0.100 | 0.175 | 0.075 (0.075 … 0.075) | 3000 + 2400 | 0 + 0 |`,
		"| routeiq-host | 64 | 1000 | 0 | 0.300 | 0.900 |",
		"| routeiq-host, warm cache | 0.50 s | 0.25 s … 1.00 s | 3 | 90 | 95 |",
		`| a small \| request | 1 | 0.200 | 0.600 | 1000 | 0 |`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the document lacks %q", want)
		}
	}
	// A table is one: every line has as many cells as its head.
	cells := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "|") {
			cells = 0
			continue
		}
		n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		if cells == 0 {
			cells = n
		}
		if n != cells {
			t.Errorf("%d cells in a table of %d: %s", n-1, cells-1, line)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestLeavesOutWhatWasNotMeasured(t *testing.T) {
	r := sample()
	r.Starts[0].RSS = 0
	for i := range r.Pairs {
		r.Pairs[i].Split, r.Pairs[i].Hotspots = nil, nil
	}
	text := r.Markdown()
	if heading := "## Where the time goes"; strings.Contains(text, heading) {
		t.Errorf("%q stands over nothing", heading)
	}
	if !strings.Contains(text, "| 3 | – | 95 |") {
		t.Error("memory that was not measured is not marked")
	}
}
