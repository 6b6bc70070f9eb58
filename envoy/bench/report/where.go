package report

import (
	"fmt"
	"strings"
	"time"
)

// where writes a pair's section "Where the time goes", if there is something to stand in it.
func (p *Pair) where(b *strings.Builder) {
	if len(p.Split) == 0 && len(p.Hotspots) == 0 {
		return
	}
	fmt.Fprintf(b, "## %s\n\n", p.whereTitle())
	p.splitTable(b)
	p.hotspotTable(b)
}

func (p *Pair) whereTitle() string { return "Where the time goes in " + p.Inside }

// splitTable has a line for each step and its columns once for each number of connections.
func (p *Pair) splitTable(b *strings.Builder) {
	if len(p.Split) == 0 {
		return
	}
	b.WriteString("CPU a request of the 0.5 kB workload, with one thing after the other added. The steps took turns with each other.\n" +
		"The ratio and \"added\" compare with the first line.\n\n")
	columns := []string{"configuration"}
	for _, l := range p.Split[0].Loads {
		columns = append(columns, "CPU µs: "+Connections(l.Connections), "more than the one before", "× "+p.Base, "p50 ms", "added p50 (least … most)")
	}
	table(b, append(columns, "requests", "errors"), func(row func(...string)) {
		before := p.Split[0]
		for i, part := range p.Split {
			cells := []string{part.Text}
			var requests, errors []string
			for j, l := range part.Loads {
				base, cpu := p.Split[0].Loads[j].Series, l.Series.CPU()
				step, more := "", ""
				if i > 0 {
					step = fmt.Sprintf("%+d", (cpu - before.Loads[j].Series.CPU()).Round(time.Microsecond).Microseconds())
					a := added(l.Series, base, p50)
					more = ms(a.Median) + " " + between(a, ms)
				}
				cells = append(cells, us(cpu), step, times(cpuRatio(l.Series, base)), ms(l.Series.of(p50).Median), more)
				requests, errors = append(requests, fmt.Sprint(l.Series.Requests())), append(errors, fmt.Sprint(l.Series.Errors()))
			}
			row(append(cells, strings.Join(requests, " + "), strings.Join(errors, " + "))...)
			before = part
		}
	})
}

func (p *Pair) hotspotTable(b *strings.Builder) {
	if len(p.Hotspots) == 0 {
		return
	}
	b.WriteString("A CPU profile under the 0.5 kB workload, each sample counted once: for the innermost of these in its stack.\n\n")
	table(b, []string{"part", "share", "CPU µs a request"}, func(row func(...string)) {
		for _, h := range p.Hotspots {
			row(h.Text, fmt.Sprintf("%.1f %%", h.Share*100), us(h.CPU))
		}
	})
}
