package decisions

import (
	"fmt"
	"slices"
	"strings"

	"github.com/routeiq/routeiq/envoy/bench/decide"
)

// What a decision by a trained model may cost in Envoy's V8, in nanoseconds.
var modelLimits = []struct {
	text, strategy, shape string
	prompt                int
	most                  float64
}{
	{"matrix factorisation", "llmrouter-mf", "9 × 768", 0, 20_000},
	{"a graph router", "llmrouter-graph", "9 × 768, clipped", 0, 20_000},
	{"RouteLLM's matrix factorisation", "routellm", "1 × 1536", 0, 20_000},
	{"a network of 768-128-64-9", "llmrouter-mlp", "768-128-64-9", 0, 250_000},
	{"n-grams of 16 kB and a regression", "llmrouter-utility", "n-grams, 9 × 8192", 16_000, 300_000},
	{"exact nearest neighbours among 5,608", "llmrouter-knn", "5,608 × 768", 0, 2_000_000},
}

// modelGoals judges rows of trained models, by medians.
func modelGoals(rows []Row) []goal {
	var all []goal
	for _, limit := range modelLimits {
		i := slices.IndexFunc(rows, func(r Row) bool {
			return r.Shape > 0 && r.Engine == v8 && r.Strategy == limit.strategy && decide.Shapes[r.Shape-1].Name == limit.shape && r.Prompt == limit.prompt
		})
		if i < 0 {
			continue
		}
		took := median(rows[i].Decision)
		all = append(all, goal{
			text: fmt.Sprintf("%s: a decision by %s", v8, limit.text), aim: "≤ " + us(limit.most) + " µs", got: us(took) + " µs", reached: took <= limit.most,
		})
	}
	return all
}

// models is the table of trained models; empty where none was measured.
func models(rows []Row) string {
	cells := map[[2]int]map[string]*Row{}
	var order [][2]int
	for i := range rows {
		r := &rows[i]
		if r.Shape == 0 {
			continue
		}
		at := [2]int{r.Shape, r.Prompt}
		if cells[at] == nil {
			cells[at], order = map[string]*Row{}, append(order, at)
		}
		cells[at][r.Engine] = r
	}
	if len(order) == 0 {
		return ""
	}
	slices.SortFunc(order, func(a, b [2]int) int { return (a[0]-b[0])*1_000_000 + a[1] - b[1] })
	var b strings.Builder
	b.WriteString(`
### By trained model

µs for a decision as above, among as many deployments as the model has labels, one each. Where vectors come from an encoder, the time it
takes is not in it, and the request's length does not matter. Of n-grams the vector's making is in it. The memory is that of a VM with
the model, of which Envoy has one in each worker: what lives, and all it took of the machine while the model was loaded.

| strategy | model | request | native Go | wazero | Envoy's V8 | lives, MB | held, MB |
|---|---|---|---|---|---|---|---|
`)
	for _, at := range order {
		s, request := &decide.Shapes[at[0]-1], "any"
		if at[1] > 0 {
			request = fmt.Sprintf("%d B", at[1])
		}
		fmt.Fprintf(&b, "| %s | %s | %s |", s.Strategy, s.Name, request)
		for _, engine := range []string{native, wazero, v8} {
			r := cells[at][engine]
			b.WriteString(" " + us(median(r.Decision)) + " (" + us(slices.Min(r.Decision)) + "–" + us(slices.Max(r.Decision)) + ") |")
		}
		r := cells[at][v8]
		fmt.Fprintf(&b, " %.1f | %.0f |\n", float64(r.HeapBefore)/1e6, float64(r.Held)/1e6)
	}
	return b.String()
}
