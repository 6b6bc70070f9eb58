package decisions

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// beside is the table of what is no decision's time, over all strategies.
func beside(rows []Row) string {
	type key struct {
		engine     string
		candidates int
	}
	groups := map[key][]Row{}
	var keys []key
	for _, r := range rows {
		k := key{r.Engine, r.Candidates}
		if groups[k] == nil {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], r)
	}
	slices.SortStableFunc(keys, func(a, b key) int { return cmp.Compare(rank(a.engine), rank(b.engine)) })
	var b strings.Builder
	b.WriteString("| engine | candidates | decision | whole request | a tick | a decision allocates: bytes | objects | heap: growth for a request, bytes |\n" +
		"|---|---|---|---|---|---|---|---|\n")
	for _, k := range keys {
		of := groups[k]
		spread := func(format func(float64) string, value func(*Row) float64) string {
			var all []float64
			for i := range of {
				all = append(all, value(&of[i]))
			}
			least, most := format(slices.Min(all)), format(slices.Max(all))
			if least == most {
				return least
			}
			return least + " … " + format(median(all)) + " … " + most
		}
		grown := "–" // natively it is not alone in its heap
		if of[0].Module {
			grown = spread(func(v float64) string { return fmt.Sprintf("%.2f", v) }, (*Row).Growth)
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %s | %s | %s | %s | %s |\n", k.engine, k.candidates,
			spread(us, func(r *Row) float64 { return median(r.Decision) }), spread(us, func(r *Row) float64 { return median(r.Request) }),
			spread(us, func(r *Row) float64 { return median(r.Tick) }),
			spread(whole, func(r *Row) float64 { return r.Bytes }), spread(whole, func(r *Row) float64 { return r.Objects }), grown)
	}
	return b.String()
}

// median of values, which are not changed.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func whole(v float64) string { return fmt.Sprintf("%.0f", v) }

// us writes nanoseconds as microseconds, with as many digits as mean something.
func us(ns float64) string {
	if v := ns / 1000; v < 10 {
		return fmt.Sprintf("%.1f", v)
	} else {
		return fmt.Sprintf("%.0f", v)
	}
}
