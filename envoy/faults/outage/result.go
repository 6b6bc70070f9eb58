package outage

import (
	"fmt"
	"strings"
	"time"
)

// Result is what a run showed.
type Result struct {
	Plan        Plan
	Requests    int
	Answered    int           // with a whole stream
	HealthyP99  time.Duration // of whole answers before the outage
	OpenedAfter time.Duration // from the outage's start to the first request that was not tried at the primary; Never: all were
	SlowestOpen time.Duration // of the requests that began from then on, the primary's return included
	Slow        int           // requests from the outage on that took longer than SlowBound, whatever made them so
	Waited      int           // of these, those that took a stream_timeout or longer: they waited for the primary
	Probes      int           // attempts that were a probe of the half-open breaker
	Recovery    time.Duration // from the primary's return to the end of its first answer; Never: it gave none
	Samples     []string      // of what was not answered
}

// Never stands for a time that did not come.
const Never = time.Duration(-1)

// samples bounds Result.Samples.
const samples = 3

// SlowBound is twice the healthy p99 and 50 ms: what takes longer is slow.
func (r Result) SlowBound() time.Duration { return 2*r.HealthyP99 + 50*time.Millisecond }

// WaitedAllowed is how many requests may wait for a primary that hangs: all that begin until the first of them has waited for its deadline,
// those until the failures are as many as open the breaker, and the probes.
func (r Result) WaitedAllowed() int {
	return int(float64(r.Plan.Rate)*r.Plan.Deadline.Seconds()) + threshold + r.Probes
}

// recoveryAllowed is one pause of the breaker, and the time until the next request comes and is answered. A probe that hangs
// when the primary returns fails at its deadline first.
func (r Result) recoveryAllowed() time.Duration {
	allowed := r.Plan.Open + time.Second/time.Duration(r.Plan.Rate) + r.SlowBound()
	if r.Plan.Fault == Hangs {
		allowed += r.Plan.Deadline
	}
	return allowed
}

// Broken tells what of the promises does not hold; nil: all do. With the breaker off nothing is promised.
func (r Result) Broken() (all []string) {
	if !r.Plan.Breaker {
		return nil
	}
	if r.Answered*1000 < r.Requests*999 {
		all = append(all, fmt.Sprintf("%d of %d were answered, promised are 99.9 %%: %s", r.Answered, r.Requests, strings.Join(r.Samples, "; ")))
	}
	if r.OpenedAfter == Never {
		all = append(all, "the breaker did not open")
	}
	if r.Plan.Fault == Refuses && r.SlowestOpen > r.SlowBound() {
		all = append(all, fmt.Sprintf("the slowest once the breaker was open took %s, promised are %s", round(r.SlowestOpen), round(r.SlowBound())))
	}
	if r.Plan.Fault == Hangs && r.Waited > r.WaitedAllowed() {
		all = append(all, fmt.Sprintf("%d waited for the primary, promised are at most %d", r.Waited, r.WaitedAllowed()))
	}
	switch {
	case r.Recovery == Never:
		all = append(all, "the primary was not used again")
	case r.Recovery > r.recoveryAllowed():
		all = append(all, fmt.Sprintf("the primary was used again after %s, promised are %s", round(r.Recovery), round(r.recoveryAllowed())))
	}
	return all
}

// Summary is a line for a terminal.
func (r Result) Summary() string {
	text := fmt.Sprintf("%s, the primary %s, breaker %s: %d of %d answered, healthy p99 %s, open after %s, slowest then %s, %d slow, %d of them waited, %d probes, back after %s",
		r.Plan.Kind, r.Plan.Fault, onOff(r.Plan.Breaker), r.Answered, r.Requests, round(r.HealthyP99), round(r.OpenedAfter), round(r.SlowestOpen), r.Slow, r.Waited, r.Probes, round(r.Recovery))
	for _, b := range r.Broken() {
		text += "\n  falls short: " + b
	}
	return text
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func round(d time.Duration) string {
	switch {
	case d == Never:
		return "never"
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/1e6)
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}
