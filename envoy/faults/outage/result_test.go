package outage

import (
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/envoy/faults/engine"
)

// held is a run in which every promise held.
func held(fault Fault) Result {
	return Result{
		Plan:     Plan{Kind: engine.Envoy, Fault: fault, Breaker: true, For: time.Minute, Rate: 200, Deadline: time.Second, Open: 5 * time.Second},
		Requests: 12000, Answered: 12000, HealthyP99: 10 * time.Millisecond, OpenedAfter: time.Second,
		SlowestOpen: 70 * time.Millisecond, Slow: 300, Waited: 208, Probes: 3, Recovery: 5 * time.Second,
	}
}

func TestBroken(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  Fault
		change func(*Result)
		want   string // empty: all holds
	}{
		{"all holds at a refusal", Refuses, func(*Result) {}, ""},
		{"all holds at a hang", Hangs, func(*Result) {}, ""},
		{"twelve of 12,000 are not answered", Refuses, func(r *Result) { r.Answered -= 12 }, ""},
		{"thirteen are not", Refuses, func(r *Result) { r.Answered -= 13; r.Samples = []string{"status 503"} }, "11987 of 12000 were answered, promised are 99.9 %: status 503"},
		{"it did not open", Hangs, func(r *Result) { r.OpenedAfter = Never }, "did not open"},
		{"slow at a refusal", Refuses, func(r *Result) { r.SlowestOpen = 71 * time.Millisecond }, "took 71 ms, promised are 70 ms"},
		{"slow at a hang", Hangs, func(r *Result) { r.SlowestOpen = time.Second }, ""},
		{"too many waited", Hangs, func(r *Result) { r.Waited++ }, "209 waited for the primary, promised are at most 208"},
		{"a machine that was busy", Hangs, func(r *Result) { r.Slow += 500 }, ""},
		{"never back", Refuses, func(r *Result) { r.Recovery = Never }, "not used again"},
		{"back too late", Refuses, func(r *Result) { r.Recovery = 5100 * time.Millisecond }, "after 5.10 s"},
		{"a probe hung", Hangs, func(r *Result) { r.Recovery = 6 * time.Second }, ""},
		{"without a breaker nothing is promised", Hangs, func(r *Result) { r.Plan.Breaker, r.Waited, r.Answered = false, 4000, 0 }, ""},
	} {
		r := held(c.fault)
		c.change(&r)
		broken := strings.Join(r.Broken(), "; ")
		if (broken == "") != (c.want == "") || !strings.Contains(broken, c.want) {
			t.Errorf("%s: %q, expected %q", c.name, broken, c.want)
		}
		page := Markdown("make outage", []Result{r}, time.Unix(1_790_000_000, 0))
		if strings.Contains(page, "**Falls short**") == (c.want == "") || !strings.Contains(page, c.want) {
			t.Errorf("%s: the page: %s", c.name, page)
		}
		if summary := r.Summary(); !strings.Contains(summary, c.want) {
			t.Errorf("%s: the summary: %s", c.name, summary)
		}
	}
}

func TestRound(t *testing.T) {
	for d, want := range map[time.Duration]string{
		Never: "never", 1234 * time.Microsecond: "1.2 ms", 12345 * time.Microsecond: "12 ms", 1234 * time.Millisecond: "1.23 s",
	} {
		if got := round(d); got != want {
			t.Errorf("%s: %q, expected %q", d, got, want)
		}
	}
}
