package signal

import "github.com/routeiq/routeiq/abi"

// state is what one worker knows of a deployment. States of several workers add up.
type state struct {
	inFlight         int
	minute           int64 // that requests and tokens were counted in
	requests, tokens int
	latency, first   sum
	output           sum
	period           int64 // the budget's period that spent was counted in
	spent            float64
	usage, waiting   float64 // gauges, and when they were read: the newest of all workers holds
	gaugesMS         int64
	kind             string    // the strategy the sums are of
	sums             []float64 // a strategy's own
}

// sum is a mean on its way.
type sum struct {
	total float64
	count int
	atMS  int64 // of the newest value
}

func (s sum) mean() abi.Mean {
	if s.count == 0 {
		return abi.Mean{}
	}
	return abi.Mean{Value: s.total / float64(s.count), Count: s.count, AtMS: s.atMS}
}

func (s *sum) merge(o sum) {
	s.total += o.total
	s.count += o.count
	s.atMS = max(s.atMS, o.atMS)
}

// merge adds another worker's state.
func (s *state) merge(o *state) {
	s.inFlight += o.inFlight
	s.mergeUsage(o)
	s.latency.merge(o.latency)
	s.first.merge(o.first)
	s.output.merge(o.output)
	s.mergeSpent(o)
	if o.gaugesMS > s.gaugesMS {
		s.usage, s.waiting, s.gaugesMS = o.usage, o.waiting, o.gaugesMS
	}
	if o.kind == "" {
		return
	}
	if s.kind != o.kind || len(s.sums) != len(o.sums) {
		if s.kind != "" {
			return // of another strategy, which was before or comes after a change of the document
		}
		s.kind, s.sums = o.kind, append(s.sums[:0], o.sums...)
		return
	}
	for i, v := range o.sums {
		s.sums[i] += v
	}
}

// mergeUsage adds what another counted, of the newer minute alone.
func (s *state) mergeUsage(o *state) {
	switch {
	case o.minute > s.minute:
		s.minute, s.requests, s.tokens = o.minute, o.requests, o.tokens
	case o.minute == s.minute:
		s.requests += o.requests
		s.tokens += o.tokens
	}
}

func (s *state) mergeSpent(o *state) {
	switch {
	case o.period > s.period:
		s.period, s.spent = o.period, o.spent
	case o.period == s.period:
		s.spent += o.spent
	}
}

// empty tells whether there is nothing to tell.
func (s *state) empty() bool {
	return s.inFlight == 0 && s.minute == 0 && s.latency.count == 0 && s.first.count == 0 && s.output.count == 0 && s.period == 0 && s.gaugesMS == 0 && s.kind == ""
}

// heir is what stays of a worker that is lost: what was spent is spent, what was under way is not.
func (s *state) heir() state { return state{period: s.period, spent: s.spent} }
