package soak

import (
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/envoy/faults/engine"
)

func TestBroken(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Result)
		want   string // empty: all holds
		counts bool   // it is counted, not timed or weighed
	}{
		{"all holds", func(*Result) {}, "", false},
		{"it shrinks", func(r *Result) { r.End.RSS = 50e6 }, "", false},
		{"it grows", func(r *Result) { r.End.RSS = 106e6 }, "grew by 6.0 %", false},
		{"a wrong answer", func(r *Result) { r.Wrong, r.Samples = 1, []string{"status 500"} }, "1 requests were not answered as they should be: status 500", true},
		{"a stream that broke", func(r *Result) { r.Whole-- }, "511 of 512 streams", true},
		{"a leak", func(r *Result) { r.End.Descriptors += 33 }, "73 descriptors are open at the end, 40", true},
		{"no leak", func(r *Result) { r.End.Descriptors += 32 }, "", false},
		{"a silence", func(r *Result) { r.Gap = 411 * time.Millisecond }, "silent for 411ms, the provider for 310ms", false},
		{"the provider's own silence", func(r *Result) { r.Gap = 410 * time.Millisecond }, "", false},
	} {
		r := Result{
			Plan: Plan{Kind: engine.Host, Requests: 1000, Connections: 32, Streams: 512, Events: 50, Every: 200 * time.Millisecond},
			Took: time.Second, Tenth: Mark{RSS: 100e6, Descriptors: 40}, End: Mark{RSS: 105e6, Descriptors: 40},
			Whole: 512, Gap: 310 * time.Millisecond, ProviderGap: 310 * time.Millisecond,
		}
		c.change(&r)
		broken := strings.Join(r.Broken(), "; ")
		if (broken == "") != (c.want == "") || !strings.Contains(broken, c.want) || c.counts != (len(r.Miscounted()) > 0) {
			t.Errorf("%s: %q, %q", c.name, broken, r.Miscounted())
		}
		page := Markdown("make soak", []Result{r}, time.Unix(1_790_000_000, 0))
		if strings.Contains(page, "**Falls short**") == (c.want == "") || !strings.Contains(page, c.want) {
			t.Errorf("%s: the page: %s", c.name, page)
		}
		if summary := r.Summary(); !strings.Contains(summary, c.want) {
			t.Errorf("%s: the summary: %s", c.name, summary)
		}
	}
}

// TestKinds: the kinds are dealt out as the report says.
func TestKinds(t *testing.T) {
	var n [kinds]int
	for i := range 1000 {
		n[kindOf(i)]++
	}
	if want := [kinds]int{500, 250, 100, 100, 50}; n != want {
		t.Errorf("%v, expected %v", n, want)
	}
}
