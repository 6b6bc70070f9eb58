package report

import (
	"fmt"
	"strings"
)

// floor is what the least module that could do ours' work, and decides nothing, measured where a goal is judged.
type floor struct {
	got      Spread
	goal     float64
	number   func(float64) string
	unit     string
	in       *Pair
	measured bool
}

// floorOf finds the floor at so many connections, and what it is compared with.
func (p *Pair) floorOf(connections int) (least, base Series) {
	for _, part := range p.Split {
		if !part.Floor {
			continue
		}
		for i, l := range part.Loads {
			if l.Connections == connections {
				return l.Series, p.Split[0].Loads[i].Series
			}
		}
	}
	return nil, nil
}

// cpuFloor and p50Floor measure the floor as the goal of the same name is measured.
func (p *Pair) cpuFloor(connections int) floor {
	least, base := p.floorOf(connections)
	return floor{
		got: cpuRatio(least, base), goal: p.CPUGoal, in: p, measured: least.Requests() > 0 && base.Requests() > 0,
		number: func(v float64) string { return fmt.Sprintf("%.2f", v) }, unit: "× " + p.Base,
	}
}

func (p *Pair) p50Floor(connections int) floor {
	least, base := p.floorOf(connections)
	return floor{
		got: added(least, base, p50), goal: float64(AddedP50), in: p, measured: least.Requests() > 0 && base.Requests() > 0,
		number: ms, unit: "ms",
	}
}

// verdict says whether the goal is one for any module. Only what holds in every round is said without a reserve.
func (f floor) verdict() string {
	left := "it leaves " + f.number(f.goal-f.got.Median) + " " + f.unit
	switch {
	case f.got.Max <= f.goal:
		return left + " for all that a module does beyond that"
	case f.got.Min > f.goal:
		return "above the goal in every round, before a module decides anything"
	case f.got.Median <= f.goal:
		return left + ", but was above the goal in some rounds"
	}
	return "above the goal, though not in every round"
}

// floorSentence tells, for each goal that was missed, what the floor measured.
func (r *Report) floorSentence(b *strings.Builder) {
	var items, links []string
	var last *Pair
	for _, g := range r.goals() {
		if g.reached || !g.floor.measured {
			continue
		}
		f := g.floor
		if f.in != last {
			last = f.in
			links = append(links, fmt.Sprintf("[%s](#%s)", f.in.Inside, strings.ReplaceAll(strings.ToLower(f.in.whereTitle()), " ", "-")))
		}
		items = append(items, fmt.Sprintf("- %s: %s %s %s, goal %s: %s", g.text, f.number(f.got.Median), between(f.got, f.number), f.unit, g.aim, f.verdict()))
	}
	if len(items) == 0 {
		return
	}
	fmt.Fprintf(b, "Could another module reach the goals that were missed? The least one with the same duties, in Go as ours, which carries requests and\n"+
		"answers and decides nothing (how the time adds up: in %s), measured:\n\n%s\n\n", strings.Join(links, ", in "), strings.Join(items, ";\n")+".")
}
