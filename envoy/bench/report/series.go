// Package report holds what a run of the benchmark measured and writes it down: tables of what is beside what, the goals,
// and whether they were reached.
package report

import (
	"slices"
	"time"
)

// Round is one slice of a run: one proxy under one load for a moment. The proxies take turns.
type Round struct {
	Requests   int // good answers
	Errors     int
	P50, P99   time.Duration
	FirstEvent time.Duration // median; 0: the workload is no stream
	CPU        time.Duration // of the proxy's process, user and system
	Took       time.Duration
}

// Series is all rounds of one proxy under one load.
type Series []Round

// Requests counts good answers.
func (s Series) Requests() (n int) {
	for _, r := range s {
		n += r.Requests
	}
	return n
}

// Errors counts the others.
func (s Series) Errors() (n int) {
	for _, r := range s {
		n += r.Errors
	}
	return n
}

// CPU is the processor time of one request, over all rounds: the clock of /proc has ticks of 10 ms, which is too coarse
// for one round.
func (s Series) CPU() time.Duration {
	var sum time.Duration
	for _, r := range s {
		sum += r.CPU
	}
	if n := s.Requests(); n > 0 {
		return sum / time.Duration(n)
	}
	return 0
}

// PerSecond is the rate of good answers.
func (s Series) PerSecond() float64 {
	var took time.Duration
	for _, r := range s {
		took += r.Took
	}
	if took <= 0 {
		return 0
	}
	return float64(s.Requests()) / took.Seconds()
}

// Spread is a median and the extremes over rounds.
type Spread struct{ Median, Min, Max float64 }

func spread(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	slices.Sort(values)
	mid := len(values) / 2
	median := values[mid]
	if len(values)%2 == 0 {
		median = (values[mid-1] + values[mid]) / 2
	}
	return Spread{median, values[0], values[len(values)-1]}
}

// of gathers a value of each round.
func (s Series) of(value func(Round) time.Duration) Spread {
	values := make([]float64, 0, len(s))
	for _, r := range s {
		values = append(values, float64(value(r)))
	}
	return spread(values)
}

func p50(r Round) time.Duration        { return r.P50 }
func p99(r Round) time.Duration        { return r.P99 }
func firstEvent(r Round) time.Duration { return r.FirstEvent }

// added compares round by round: what drifts in the machine hits both of a round alike.
func added(ours, base Series, value func(Round) time.Duration) Spread {
	var values []float64
	for i := range min(len(ours), len(base)) {
		values = append(values, float64(value(ours[i])-value(base[i])))
	}
	return spread(values)
}

// cpuRatio is how many times base's processor time a request takes in ours: over all rounds, and the extremes of single
// rounds.
func cpuRatio(ours, base Series) Spread {
	var values []float64
	for i := range min(len(ours), len(base)) {
		a, b := ours[i:i+1].CPU(), base[i:i+1].CPU()
		if b > 0 {
			values = append(values, float64(a)/float64(b))
		}
	}
	s := spread(values)
	if b := base.CPU(); b > 0 {
		s.Median = float64(ours.CPU()) / float64(b)
	}
	return s
}
