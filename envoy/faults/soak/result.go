package soak

import (
	"fmt"
	"strings"
	"time"

	"github.com/routeiq/routeiq/envoy/faults/engine"
)

// Name is the section's, and the Makefile's target.
const Name = "soak"

const (
	// growth is what a process may hold more at the end than after a tenth, in percent.
	growth = 5
	// slack is how much longer than the provider's own a silence may be at a client: what a busy machine of few cores adds when
	// all streams send at once.
	slack = 100 * time.Millisecond
)

// Growth is by how many percent the memory at the end is more than after a tenth.
func (r Result) Growth() float64 { return 100 * (float64(r.End.RSS)/float64(r.Tenth.RSS) - 1) }

// Miscounted tells what was counted wrongly, whatever the machine; nil: nothing.
func (r Result) Miscounted() (all []string) {
	if r.Wrong > 0 {
		all = append(all, fmt.Sprintf("%d requests were not answered as they should be: %s", r.Wrong, strings.Join(r.Samples, "; ")))
	}
	if r.Whole != r.Plan.Streams {
		all = append(all, fmt.Sprintf("%d of %d streams were whole: %s", r.Whole, r.Plan.Streams, strings.Join(r.Samples, "; ")))
	}
	// The connections to upstreams that are kept are as many as were ever in flight at once, at most.
	if leaked := r.End.Descriptors - r.Tenth.Descriptors; leaked > r.Plan.Connections {
		all = append(all, fmt.Sprintf("%d descriptors are open at the end, %d were after a tenth", r.End.Descriptors, r.Tenth.Descriptors))
	}
	return all
}

// Broken tells what of the promises does not hold; nil: all do.
func (r Result) Broken() []string {
	all := r.Miscounted()
	if r.End.RSS*100 > r.Tenth.RSS*(100+growth) {
		all = append(all, fmt.Sprintf("the memory grew by %.1f %%, promised are at most %d %%", r.Growth(), growth))
	}
	if r.Gap > r.ProviderGap+slack {
		all = append(all, fmt.Sprintf("a stream was silent for %s, the provider for %s at most", r.Gap.Round(time.Millisecond), r.ProviderGap.Round(time.Millisecond)))
	}
	return all
}

// Summary is a line for a terminal.
func (r Result) Summary() string {
	text := fmt.Sprintf("%s: %d requests in %s, %d wrong; memory %d → %d → %d MB (%+.1f %%), descriptors %d → %d → %d; %d of %d streams whole, longest silence %s, provider's %s",
		r.Plan.Kind, r.Plan.Requests, r.Took.Round(time.Second), r.Wrong, r.Start.RSS>>20, r.Tenth.RSS>>20, r.End.RSS>>20, r.Growth(),
		r.Start.Descriptors, r.Tenth.Descriptors, r.End.Descriptors, r.Whole, r.Plan.Streams, r.Gap.Round(time.Millisecond), r.ProviderGap.Round(time.Millisecond))
	for _, b := range r.Broken() {
		text += "\n  falls short: " + b
	}
	return text
}

// Markdown is the section of a document that results make.
func Markdown(command string, results []Result, date time.Time) string {
	var b strings.Builder
	p := results[0].Plan
	fmt.Fprintf(&b, "## Soak\n\n`%s`, %s. %d requests through each, %d in flight: half of them whole answers, a quarter streams, a tenth with a first\n"+
		"deployment that fails in every way, a tenth with one that fails now and then (its breaker opens and closes), and a twentieth that\n"+
		"leave a stream at its beginning. Memory (VmRSS) and open descriptors before the first, after a tenth, and at the end, each time with\n"+
		"nothing in flight. Then %d streams at once, %d events each, one every %s.\n\n", command, date.UTC().Format("2006-01-02"), p.Requests, p.Connections, p.Streams, p.Events, p.Every)
	b.WriteString("| proxy | requests a second | wrong | memory MB: start | after a tenth | at the end | growth | descriptors: start | after a tenth | at the end | streams whole | longest silence in one | the provider's own |\n" +
		"|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		fmt.Fprintf(&b, "| %s | %.0f | %d | %d | %d | %d | %+.1f %% | %d | %d | %d | %d of %d | %d ms | %d ms |\n",
			title(r.Plan.Kind), float64(r.Plan.Requests)/r.Took.Seconds(), r.Wrong, r.Start.RSS/1e6, r.Tenth.RSS/1e6, r.End.RSS/1e6, r.Growth(),
			r.Start.Descriptors, r.Tenth.Descriptors, r.End.Descriptors, r.Whole, r.Plan.Streams, r.Gap.Milliseconds(), r.ProviderGap.Milliseconds())
	}
	b.WriteString("\nPromised: none is wrong, the memory grows by no more than 5 % after the first tenth, no descriptor is leaked, no stream is silent\nfor longer than its provider was, but for the 100 ms that a machine of few cores may add.")
	for _, r := range results {
		for _, broken := range r.Broken() {
			fmt.Fprintf(&b, "\n\n**Falls short**: %s: %s.", title(r.Plan.Kind), broken)
		}
	}
	return b.String() + "\n"
}

func title(kind engine.Kind) string {
	if kind == engine.Host {
		return "routeiq-host"
	}
	return string(kind) + " + RouteIQ"
}
