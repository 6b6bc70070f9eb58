package decisions

import (
	"fmt"
	"slices"
	"strings"
)

// What a decision may cost in Envoy's V8, in nanoseconds, by the number of candidates.
var limits = []struct {
	candidates int
	most       float64
}{{10, 20_000}, {1000, 500_000}}

const (
	// perSecond are the requests of one worker that the reads of its tick are spread over, which is once a second: a proxy with less
	// to do has time for them.
	perSecond = 100
	// growth is by how many bytes the heap may grow for a request: by less than the smallest thing there is to forget.
	growth = 1
)

// goal is one line of the table of goals.
type goal struct {
	text, aim, got string
	reached        bool
}

func (g goal) verdict() string {
	if g.reached {
		return "reached"
	}
	return "**falls short**"
}

// cost is what a decision takes with its part of a tick's reads.
func (r *Row) cost() float64 { return median(r.Decision) + median(r.Tick)/perSecond }

// goals judges rows: by the strategy that costs most.
func goals(rows []Row) []goal {
	var all []goal
	for _, limit := range limits {
		of := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.Engine != v8 || r.Candidates != limit.candidates || r.Shape > 0 })
		if len(of) == 0 {
			continue
		}
		slices.SortStableFunc(of, func(a, b Row) int { return int(b.cost() - a.cost()) })
		g := goal{
			text: fmt.Sprintf("%s, %d candidates: a decision with its part of a tick", v8, limit.candidates), aim: "≤ " + us(limit.most) + " µs",
			got: us(of[0].cost()) + " µs at most (" + of[0].Strategy + ")", reached: of[0].cost() <= limit.most,
		}
		if !g.reached {
			var over []string
			for _, r := range of {
				if r.cost() > limit.most {
					over = append(over, r.Strategy+" "+us(r.cost()))
				}
			}
			g.got = fmt.Sprintf("%d of %d strategies are above it: %s", len(over), len(of), strings.Join(over, ", "))
		}
		all = append(all, g)
	}
	all = append(all, modelGoals(rows)...)
	var worst *Row
	for i := range rows {
		if r := &rows[i]; r.Module && (worst == nil || r.Growth() > worst.Growth()) {
			worst = r
		}
	}
	if worst == nil {
		return all
	}
	return append(all, goal{
		text: "the module's heap, in " + v8 + " and " + wazero + ": growth for a request", aim: fmt.Sprintf("< %d byte", growth),
		got:     fmt.Sprintf("%.2f bytes at most (%s, %d candidates, %s: %d bytes in %d requests)", worst.Growth(), worst.Strategy, worst.Candidates, worst.Engine, int64(worst.HeapAfter)-int64(worst.HeapBefore), worst.Requests),
		reached: worst.Growth() < growth,
	})
}

// Summary is the goals for a terminal.
func Summary(rows []Row) string {
	var b strings.Builder
	for _, g := range goals(rows) {
		fmt.Fprintf(&b, "%s: goal %s, got %s: %s\n", g.text, g.aim, g.got, strings.Trim(g.verdict(), "*"))
	}
	return b.String()
}
