package abi

// Candidate is a deployment that can and may serve a request, with what is known of it at this moment.
type Candidate struct {
	*Deployment
	Probe   bool     // its breaker is half-open and lets this request through as a probe
	Signals *Signals // nil where the strategy needs none; not to be changed
}

// SignalSet says which signals a strategy needs: only these are learned for its deployments.
type SignalSet uint8

// The signals.
const (
	SignalInFlight SignalSet = 1 << iota
	SignalUsage              // Minute, Requests, Tokens
	SignalLatency            // Latency, First
	SignalOutput             // Output
	SignalEstimate           // Estimate
	SignalGauges             // CacheUsage, Waiting
	SignalScore              // Score, Place
)

// Signals is what a proxy learned of a deployment from the outcomes of attempts, over all its workers: of its own worker up
// to this moment, of the others as of the last tick. Those that its strategy does not need are zero.
type Signals struct {
	InFlight int // attempts under way
	// Requests and Tokens (input and output) were counted in this Minute of Unix time.
	Minute           int64
	Requests, Tokens int
	// Latency is of whole answers, in milliseconds per output token; of those without output tokens, in milliseconds. First is
	// the time to a stream's first event, in milliseconds.
	Latency, First Mean
	Output         Mean // output tokens of an answer
	// Estimate is what a strategy that learns for itself makes of what it learned, for this request.
	Estimate [2]float64
	// CacheUsage (0 to 1) and Waiting are an inference server's own gauges, read at GaugesMS; 0: never.
	CacheUsage, Waiting float64
	GaugesMS            int64
	// Score is what a trained model gives it, or what a language model answered, the best of its labels, and Place that label's among
	// all, counted from 1: of two that score alike the first is preferred. 0: none means it, or none is followed.
	Score float64
	Place int
}

// Mean is the mean of recent values, and when the newest came.
type Mean struct {
	Value float64
	Count int
	AtMS  int64
}

// Known tells whether there is a value not older than ttlMS.
func (m Mean) Known(nowMS int64, ttlMS float64) bool {
	return m.Count > 0 && float64(nowMS-m.AtMS) <= ttlMS
}

// TokensAt returns the tokens counted in the minute of nowMS.
func (s *Signals) TokensAt(nowMS int64) int {
	if s.Minute != nowMS/MinuteMS {
		return 0
	}
	return s.Tokens
}

// RequestsAt returns the attempts counted in the minute of nowMS.
func (s *Signals) RequestsAt(nowMS int64) int {
	if s.Minute != nowMS/MinuteMS {
		return 0
	}
	return s.Requests
}

// MinuteMS is the length of the minutes that usage is counted in.
const MinuteMS = 60_000

// Only returns the signals of a set; the others are zero.
func (s *Signals) Only(set SignalSet) Signals {
	var only Signals
	if set&SignalInFlight != 0 {
		only.InFlight = s.InFlight
	}
	if set&SignalUsage != 0 {
		only.Minute, only.Requests, only.Tokens = s.Minute, s.Requests, s.Tokens
	}
	if set&SignalLatency != 0 {
		only.Latency, only.First = s.Latency, s.First
	}
	if set&SignalOutput != 0 {
		only.Output = s.Output
	}
	if set&SignalEstimate != 0 {
		only.Estimate = s.Estimate
	}
	if set&SignalGauges != 0 {
		only.CacheUsage, only.Waiting, only.GaugesMS = s.CacheUsage, s.Waiting, s.GaugesMS
	}
	if set&SignalScore != 0 {
		only.Score, only.Place = s.Score, s.Place
	}
	return only
}
