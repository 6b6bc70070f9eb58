package staging

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Report is what a trial came to.
type Report struct {
	Requests int      `json:"requests"`
	Labels   []string `json:"labels,omitempty"` // of the artifact
	SignedBy string   `json:"signed_by,omitempty"`
	Before   *Side    `json:"before,omitempty"` // by the present configuration
	After    *Side    `json:"after,omitempty"`  // by the one that is tried
	Agree    float64  `json:"agree"`            // the part of the requests that both send to the same deployment
	Problem  string   `json:"problem,omitempty"`
}

// Side is what one configuration decided.
type Side struct {
	Strategy  string         `json:"routing_strategy"`
	Decided   int            `json:"decided"`
	Abstained map[string]int `json:"abstained"` // by reason; these are decided too, by the strategy's fallback
	Refused   map[string]int `json:"refused"`   // by code
	Chosen    map[string]int `json:"chosen"`    // by deployment, the first one that would be tried
	// How long the agent's own module took for a request, one at a time, without an upstream; in milliseconds.
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
}

// side counts decisions.
func side(strategy string, decisions []Decision) *Side {
	s := &Side{Strategy: strategy, Abstained: map[string]int{}, Refused: map[string]int{}, Chosen: map[string]int{}}
	took := make([]time.Duration, 0, len(decisions))
	for _, d := range decisions {
		took = append(took, d.Took)
		if d.Refused != "" {
			s.Refused[d.Refused]++
			continue
		}
		s.Decided++
		s.Chosen[d.Deployment]++
		if d.Abstains != "" {
			s.Abstained[d.Abstains]++
		}
	}
	slices.Sort(took)
	s.P50, s.P99 = milliseconds(took, 0.50), milliseconds(took, 0.99)
	return s
}

// milliseconds is a quantile of sorted durations, to the microsecond.
func milliseconds(sorted []time.Duration, part float64) float64 {
	at := int(math.Ceil(part*float64(len(sorted)))) - 1
	return float64(sorted[max(at, 0)].Microseconds()) / 1000
}

// compare writes down what two configurations decided.
func (r *Report) compare(before, after *Side, was, is []Decision) {
	r.Before, r.After = before, after
	same := 0
	for i := range is {
		if was[i].Deployment == is[i].Deployment {
			same++
		}
	}
	r.Agree = float64(same) / float64(len(is))
}

// wrong tells why the trial is not passed; empty: it is.
func (r *Report) wrong(maxAbstained float64) string {
	var why []string
	for _, code := range keys(r.After.Refused) {
		why = append(why, fmt.Sprintf("%d of %d requests are refused with %s, expected none: take out those that the group cannot serve", r.After.Refused[code], r.Requests, code))
	}
	abstained := 0
	var reasons []string
	for _, reason := range keys(r.After.Abstained) {
		abstained += r.After.Abstained[reason]
		reasons = append(reasons, fmt.Sprintf("%s %d", reason, r.After.Abstained[reason]))
	}
	if part := float64(abstained) / float64(r.Requests); part > maxAbstained {
		why = append(why, fmt.Sprintf("the model abstains for %d of %d requests (%s), %.3g of them, expected max_abstained %g at most", abstained, r.Requests,
			strings.Join(reasons, ", "), part, maxAbstained))
	}
	return strings.Join(why, "; ")
}

func keys(counts map[string]int) []string {
	list := make([]string, 0, len(counts))
	for key := range counts {
		list = append(list, key)
	}
	slices.Sort(list)
	return list
}
