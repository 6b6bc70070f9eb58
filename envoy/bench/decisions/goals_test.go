package decisions

import (
	"strings"
	"testing"

	"github.com/routeiq/routeiq/envoy/bench/decide"
)

func row(strategy, engine string, candidates int, decision float64) Row {
	return Row{Strategy: strategy, Engine: engine, Candidates: candidates, Module: engine != native, Result: decide.Result{
		Decision: []float64{decision * 2, decision, decision / 2}, Request: []float64{decision}, Tick: []float64{1000}, HeapBefore: 100, HeapAfter: 90, Requests: 10,
	}}
}

func TestGoals(t *testing.T) {
	rows := []Row{
		row("a", native, 10, 90_000), row("a", wazero, 10, 90_000), row("a", v8, 10, 19_000), row("b", v8, 10, 3000), row("a", v8, 1000, 499_995), row("b", v8, 1000, 499_000),
	}
	got := goals(rows)
	if len(got) != 3 {
		t.Fatalf("%+v", got)
	}
	for i, want := range []struct {
		got     string
		reached bool
	}{{"19 µs at most (a)", true}, {"1 of 2 strategies are above it: a 500", false}, {"-1.00 bytes", true}} {
		if !strings.HasPrefix(got[i].got, want.got) || got[i].reached != want.reached {
			t.Errorf("%+v, expected %+v", got[i], want)
		}
	}
	rows[2].HeapAfter = 110
	if got := goals(rows)[2]; got.reached || !strings.Contains(got.got, "1.00 bytes at most (a, 10 candidates, Envoy's V8: 10 bytes in 10 requests)") {
		t.Errorf("%+v", got)
	}
	if got := goals(rows[:1]); len(got) != 0 {
		t.Errorf("of native rows alone: %+v", got)
	}
}

func TestMarkdown(t *testing.T) {
	p := Plan{Candidates: []int{10, 1000}, Batches: 3, Work: 2000}
	text := Markdown(p, "today", []Row{row("a", native, 10, 800), row("a", v8, 10, 12_345), row("a", native, 1000, 1e6), row("a", v8, 1000, 2e6)})
	for _, want := range []string{
		"## Decision latency\n", "`make decisions`, today.\n", "200 decisions among 10, 5 decisions among 1000.",
		"| strategy | native Go: 10 | 1000 | Envoy's V8: 10 | 1000 |\n|---|---|---|---|---|\n| a | 0.8 (0.4–1.6) | 1000 (500–2000) | 12 (6.2–25) | 2000 (1000–4000) |\n",
		"| Envoy's V8, 10 candidates: a decision with its part of a tick | ≤ 20 µs | 12 µs at most (a) | reached |\n",
		"| native Go | 10 | 0.8 | 0.8 | 1.0 | 0 | 0 | – |\n", "| Envoy's V8 | 1000 | 2000 | 2000 | 1.0 | 0 | 0 | -1.00 |\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func TestMedian(t *testing.T) {
	for want, values := range map[float64][]float64{0: nil, 3: {3}, 2: {3, 1}, 5: {9, 5, 1}} {
		if got := median(values); got != want {
			t.Errorf("%v: %v, expected %v", values, got, want)
		}
	}
}
