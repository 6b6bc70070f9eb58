package outage

import (
	"fmt"
	"strings"
	"time"

	"github.com/routeiq/routeiq/envoy/faults/engine"
)

// Name is the section's, and the Makefile's target.
const Name = "outage"

// Markdown is the section of a document that results make.
func Markdown(command string, results []Result, date time.Time) string {
	var b strings.Builder
	p := results[0].Plan
	fmt.Fprintf(&b, "## An outage, measured\n\n`%s`, %s. %d requests a second, all of them streams, for %s; two deployments, `order: 1` and\n"+
		"`order: 2`. The first fails for the middle third. `stream_timeout` is %s; the breaker opens after %d failures, and each of its\n"+
		"pauses is %s here, so that one ends within the run. Beside each run, at the same time, the same with `breaker: {enabled: false}`.\n\n",
		command, date.UTC().Format("2006-01-02"), p.Rate, p.For, p.Deadline, threshold, p.Open)
	b.WriteString("| engine | the first deployment | breaker | requests | answered | healthy p99 | first request that was not tried there, after | the slowest from then on | 2 × p99 + 50 ms | slower than that, from the outage on | of these waited for a `stream_timeout` | as many may | probes | back in use after |\n" +
		"|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		allowed, slowest := "–", "–"
		if r.Plan.Breaker && r.Plan.Fault == Hangs {
			allowed = fmt.Sprint(r.WaitedAllowed())
		}
		if r.OpenedAfter != Never {
			slowest = round(r.SlowestOpen)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %d | %.3f %% | %s | %s | %s | %s | %d | %d | %s | %d | %s |\n",
			title(r.Plan.Kind), r.Plan.Fault, onOff(r.Plan.Breaker), r.Requests, 100*float64(r.Answered)/float64(r.Requests),
			round(r.HealthyP99), round(r.OpenedAfter), slowest, round(r.SlowBound()), r.Slow, r.Waited, allowed, r.Probes, round(r.Recovery))
	}
	b.WriteString("\nAt a hang the requests that begin before the first ones have waited for their `stream_timeout` wait as well; nobody can know earlier.\n" +
		"What is promised: 99.9 % are answered; when connections are refused none is slower than 2 × p99 + 50 ms once the breaker is open; at a\n" +
		"hang no more wait than begin in one `stream_timeout`, the failures that open the breaker, and its probes; the deployment is in use\n" +
		"again within one pause, which a probe that hangs just then can put off by its `stream_timeout`.\n\n")
	short := false
	for _, r := range results {
		for _, broken := range r.Broken() {
			fmt.Fprintf(&b, "- **Falls short**: %s, the first deployment %s: %s.\n", title(r.Plan.Kind), r.Plan.Fault, broken)
			short = true
		}
	}
	if !short {
		b.WriteString("All of it held in this run.\n")
	}
	return b.String()
}

func title(kind engine.Kind) string {
	if kind == engine.Host {
		return "routeiq-host"
	}
	return string(kind)
}
