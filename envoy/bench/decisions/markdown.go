package decisions

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Name is the section's, and the Makefile's target.
const Name = "decisions"

// Markdown is the section of a document that rows make; ran says when and where.
func Markdown(p Plan, ran string, rows []Row) string {
	var b strings.Builder
	fmt.Fprintf(&b, `## Decision latency

`+"`make %s`"+`, %s.
What the core takes for one decision, without the proxy around it: the same code and the same requests natively, in our host and in a
stock Envoy. A decision is made among the deployments of one group, which have prices, weights, tags, sizes and windows, and no limits;
the group retries twice, as is LiteLLM's default, so a decision is three picks. It includes the shared data that it reads (breakers, and
the turn where a strategy takes turns) and the request's words where a strategy goes by them. What strategies know of deployments is
known, of this worker and of another. Natively the shared data is a map in memory. The proxy's own clock is read before and after a
batch: %s. By their own time a batch's decisions are spread over a second. A collection
of garbage falls into single batches: it shows in the most.

| what | goal | got |  |
|---|---|---|---|
`, Name, ran, batches(p))
	for _, g := range goals(rows) {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", g.text, g.aim, g.got, g.verdict())
	}
	fmt.Fprintf(&b, `
The first two are judged by medians. What other workers learned is not read for a decision, but once a second, on a tick, and held until
the next: what that costs with all deployments changed at another worker is spread over %d requests a second of one worker.

### By strategy

µs for a decision: the median of %d batches, and in parentheses the least and the most.

`, perSecond, p.Batches)
	plain := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.Shape > 0 })
	b.WriteString(byStrategy(plain))
	b.WriteString(`
### Beside the decision

Medians of batches, in µs. "Whole request" is a decision whose first attempt answers and is learned from; "a tick" writes what this worker
learned and reads what another one did, of all deployments. Of the strategies: the least, the middle, the most.

`)
	b.WriteString(beside(plain))
	b.WriteString(models(rows))
	return b.String()
}

// batches says how long they are.
func batches(p Plan) string {
	var rounds []string
	for _, n := range p.Candidates {
		rounds = append(rounds, fmt.Sprintf("%d decisions among %d", p.rounds(n), n))
	}
	return strings.Join(rounds, ", ")
}

// byStrategy is the table of decisions.
func byStrategy(rows []Row) string {
	type column struct {
		engine     string
		candidates int
	}
	var columns []column
	cells := map[string]map[column]string{}
	var names []string
	for i := range rows {
		r := &rows[i]
		c := column{r.Engine, r.Candidates}
		if !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
		if cells[r.Strategy] == nil {
			cells[r.Strategy], names = map[column]string{}, append(names, r.Strategy)
		}
		cells[r.Strategy][c] = us(median(r.Decision)) + " (" + us(slices.Min(r.Decision)) + "–" + us(slices.Max(r.Decision)) + ")"
	}
	slices.SortStableFunc(columns, func(a, b column) int { return cmp.Compare(rank(a.engine), rank(b.engine)) })
	var b strings.Builder
	b.WriteString("| strategy |")
	for i, c := range columns {
		if i > 0 && columns[i-1].engine == c.engine {
			fmt.Fprintf(&b, " %d |", c.candidates)
		} else {
			fmt.Fprintf(&b, " %s: %d |", c.engine, c.candidates)
		}
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	for _, name := range names {
		b.WriteString("| " + name + " |")
		for _, c := range columns {
			b.WriteString(" " + cells[name][c] + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// rank is an engine's place in tables.
func rank(engine string) int { return slices.Index([]string{native, wazero, v8}, engine) }
