package report

import (
	"fmt"
	"strings"
	"time"
)

// Markdown writes the whole document.
func (r *Report) Markdown() string {
	var b strings.Builder
	r.head(&b)
	r.goalTable(&b)
	for _, p := range r.Pairs {
		p.tables(&b)
	}
	r.deadTable(&b)
	r.startTable(&b)
	for _, p := range r.Pairs {
		p.where(&b)
	}
	r.method(&b)
	return b.String()
}

// Summary is the table of goals alone, for a terminal.
func (r *Report) Summary() string {
	var b strings.Builder
	for _, g := range r.goals() {
		fmt.Fprintf(&b, "%-15s  %s: %s, goal %s\n", strings.Trim(g.verdict(), "*"), g.text, g.got, g.aim)
	}
	return b.String()
}

func (r *Report) head(b *strings.Builder) {
	b.WriteString("# Benchmarks\n\nWho reads this: people who ask what RouteIQ costs, and people who change it and want to know what that did.\n" +
		"This page is written by the run it describes: do not edit it, run it again.\n\n```\n" + r.Command + "\n```\n\n")
	b.WriteString("Plaintext, loopback, one machine: the load generator, the fake provider and the proxies share its cores, so times at many\n" +
		"connections say how the proxies compare, not how fast one could be. Ratios and CPU a request carry over to other machines best.\n\n")
	table(b, []string{"what", "value"}, func(row func(...string)) {
		for _, f := range r.Machine {
			row(f.Name, f.Value)
		}
	})
}

func (r *Report) goalTable(b *strings.Builder) {
	b.WriteString("## Goals\n\n")
	table(b, []string{"what", "goal", "got (least … most of a round)", ""}, func(row func(...string)) {
		for _, g := range r.goals() {
			row(g.text, g.aim, g.got, g.verdict())
		}
	})
	r.floorSentence(b)
	if len(r.Notes) > 0 {
		b.WriteString("Noticed in this run:\n\n")
		for _, n := range r.Notes {
			b.WriteString("- " + strings.ReplaceAll(n, "\n", " ") + "\n")
		}
		b.WriteString("\n")
	}
}

func (p *Pair) tables(b *strings.Builder) {
	fmt.Fprintf(b, "## %s\n\nCPU is that of the proxy's process, user and system, for one request. p50 and p99 are medians over the rounds, in ms.\n\n", p.Title)
	columns := []string{"workload", "connections", "CPU µs: " + p.Base, p.Ours, "ratio", "p50 ms: " + p.Base, p.Ours, "added p50 (least … most)", "p99 ms: " + p.Base, p.Ours, "requests", "errors"}
	table(b, columns, func(line func(...string)) {
		for _, row := range p.Rows {
			if row.Workload == FirstEventWorkload {
				continue
			}
			more := added(row.Ours, row.Base, p50)
			line(row.Text, fmt.Sprint(row.Connections),
				us(row.Base.CPU()), us(row.Ours.CPU()), times(cpuRatio(row.Ours, row.Base)),
				ms(row.Base.of(p50).Median), ms(row.Ours.of(p50).Median), ms(more.Median)+" "+between(more, ms),
				ms(row.Base.of(p99).Median), ms(row.Ours.of(p99).Median),
				fmt.Sprintf("%d + %d", row.Base.Requests(), row.Ours.Requests()), fmt.Sprintf("%d + %d", row.Base.Errors(), row.Ours.Errors()))
		}
	})
	b.WriteString("The first event of a stream, in ms after the request was sent. The provider waits after it, so a proxy that held it back would show.\n\n")
	table(b, []string{"workload", "connections", p.Base, p.Ours, "added (least … most)", "streams", "errors"}, func(line func(...string)) {
		for _, row := range p.Rows {
			if row.Workload != FirstEventWorkload {
				continue
			}
			more := added(row.Ours, row.Base, firstEvent)
			line(row.Text, fmt.Sprint(row.Connections), ms(row.Base.of(firstEvent).Median), ms(row.Ours.of(firstEvent).Median), ms(more.Median)+" "+between(more, ms),
				fmt.Sprintf("%d + %d", row.Base.Requests(), row.Ours.Requests()), fmt.Sprintf("%d + %d", row.Base.Errors(), row.Ours.Errors()))
		}
	})
}

// FirstEventWorkload is the name of the workload whose first event is what matters.
const FirstEventWorkload = "paused"

func (r *Report) deadTable(b *strings.Builder) {
	b.WriteString("## A dead first deployment\n\nTwo deployments: `order: 1` refuses every connection, `order: 2` answers. The breaker opens after five failures and lets a probe\n" +
		"through now and then; until it opens, and for each probe, the proxy makes a second attempt. No client may notice.\n\n")
	table(b, []string{"proxy", "connections", "requests", "errors", "p50 ms", "p99 ms"}, func(row func(...string)) {
		for _, d := range r.Dead {
			row(d.Name, fmt.Sprint(d.Connections), fmt.Sprint(d.Series.Requests()), fmt.Sprint(d.Series.Errors()), ms(d.Series.of(p50).Median), ms(d.Series.of(p99).Median))
		}
	})
}

func (r *Report) startTable(b *strings.Builder) {
	b.WriteString("## Start and memory\n\nFrom the start of the process to its first good answer; what the process holds (VmRSS) after all of the above, and its peak (VmHWM).\n\n")
	table(b, []string{"proxy", "start: median", "least … most", "times", "memory MB", "peak MB"}, func(row func(...string)) {
		for _, s := range r.Starts {
			values := make([]float64, 0, len(s.Times))
			for _, d := range s.Times {
				values = append(values, float64(d))
			}
			t := spread(values)
			row(s.Name, seconds(time.Duration(t.Median)), seconds(time.Duration(t.Min))+" … "+seconds(time.Duration(t.Max)), fmt.Sprint(len(s.Times)), mb(s.RSS), mb(s.Peak))
		}
	})
}

func (r *Report) method(b *strings.Builder) {
	b.WriteString("## How it is measured\n\n" + r.Settings + "\n\n")
	if len(r.Direct) > 0 {
		b.WriteString("What the load generator and the provider take by themselves, without a proxy:\n\n")
		table(b, []string{"workload", "connections", "p50 ms", "p99 ms", "requests a second", "errors"}, func(row func(...string)) {
			for _, d := range r.Direct {
				row(d.Text, fmt.Sprint(d.Connections), ms(d.Base.of(p50).Median), ms(d.Base.of(p99).Median), fmt.Sprintf("%.0f", d.Base.PerSecond()), fmt.Sprint(d.Base.Errors()))
			}
		})
	}
}

// table writes one; fill is given a function that adds a row.
func table(b *strings.Builder, columns []string, fill func(row func(...string))) {
	line := func(cells ...string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(columns...)
	b.WriteString(strings.Repeat("|---", len(columns)) + "|\n")
	fill(func(cells ...string) {
		for i, c := range cells {
			cells[i] = strings.ReplaceAll(c, "|", `\|`)
		}
		line(cells...)
	})
	b.WriteString("\n")
}

// Connections names a number of them.
func Connections(n int) string {
	if n == 1 {
		return "1 connection"
	}
	return fmt.Sprintf("%d connections", n)
}

// ms writes nanoseconds as milliseconds.
func ms(ns float64) string           { return fmt.Sprintf("%.3f", ns/1e6) }
func us(d time.Duration) string      { return fmt.Sprintf("%.1f", float64(d)/1e3) }
func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
func times(s Spread) string          { return fmt.Sprintf("%.2f (%.2f … %.2f)", s.Median, s.Min, s.Max) }
func between(s Spread, text func(float64) string) string {
	return "(" + text(s.Min) + " … " + text(s.Max) + ")"
}

func mb(bytes int64) string {
	if bytes == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f", float64(bytes)/1e6)
}
