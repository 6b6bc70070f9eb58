package report

import (
	"fmt"
	"time"
)

// goal is one line of the table of goals.
type goal struct {
	text, aim, got string
	reached        bool
	floor          floor // not measured: there is none for this goal
}

func (g goal) verdict() string {
	if g.reached {
		return "reached"
	}
	return "**falls short**"
}

// goals judges a run. CPU is judged at every number of connections, not at the kindest.
func (r *Report) goals() []goal {
	var all []goal
	for i := range r.Pairs {
		p := &r.Pairs[i]
		for _, row := range p.Rows {
			if !row.Goal {
				continue
			}
			ratio := cpuRatio(row.Ours, row.Base)
			all = append(all, goal{
				text: fmt.Sprintf("%s: CPU a request, %s, %s", p.Ours, row.Text, Connections(row.Connections)),
				aim:  fmt.Sprintf("≤ %.1f × %s", p.CPUGoal, p.Base), got: times(ratio),
				reached: measured(row) && ratio.Median <= p.CPUGoal, floor: p.cpuFloor(row.Connections),
			})
			if row.Connections == 1 {
				more := added(row.Ours, row.Base, p50)
				all = append(all, goal{
					text: fmt.Sprintf("%s: added p50, %s, %s", p.Ours, row.Text, Connections(1)),
					aim:  fmt.Sprintf("≤ %s ms", ms(float64(AddedP50))), got: ms(more.Median) + " ms " + between(more, ms),
					reached: measured(row) && more.Median <= float64(AddedP50), floor: p.p50Floor(row.Connections),
				})
			}
		}
	}
	for _, s := range r.Starts {
		if s.Goal == 0 {
			continue
		}
		t := times50(s.Times)
		all = append(all, goal{
			text: s.Name + ": from the process's start to the first answer", aim: "≤ " + seconds(s.Goal), got: seconds(t),
			reached: len(s.Times) > 0 && t <= s.Goal,
		})
	}
	for _, d := range r.Dead {
		all = append(all, goal{
			text: fmt.Sprintf("%s: errors with a dead first deployment, %s", d.Name, Connections(d.Connections)), aim: "0",
			got:     fmt.Sprintf("%d of %d", d.Series.Errors(), d.Series.Requests()+d.Series.Errors()),
			reached: d.Series.Errors() == Errors && d.Series.Requests() > 0,
		})
	}
	good, bad := r.counts()
	return append(all, goal{
		text: "errors in all other runs", aim: "0", got: fmt.Sprintf("%d of %d", bad, good+bad), reached: bad == Errors && good > 0,
	})
}

// measured tells whether both sides have answers: a ratio of nothing reaches no goal.
func measured(row Row) bool { return row.Base.Requests() > 0 && row.Ours.Requests() > 0 }

// counts adds up everything but the runs with a dead deployment.
func (r *Report) counts() (good, bad int) {
	add := func(s Series) {
		good += s.Requests()
		bad += s.Errors()
	}
	for _, row := range r.Direct {
		add(row.Base)
	}
	for _, p := range r.Pairs {
		for _, row := range p.Rows {
			add(row.Base)
			add(row.Ours)
		}
		for _, part := range p.Split {
			for _, l := range part.Loads {
				add(l.Series)
			}
		}
	}
	return good, bad
}

// times50 is the median of times.
func times50(all []time.Duration) time.Duration {
	values := make([]float64, 0, len(all))
	for _, d := range all {
		values = append(values, float64(d))
	}
	return time.Duration(spread(values).Median)
}
