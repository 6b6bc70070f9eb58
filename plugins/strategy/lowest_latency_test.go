package strategy

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestLowestLatency(t *testing.T) {
	known := func(ms float64) abi.Mean { return abi.Mean{Value: ms, Count: 1, AtMS: now} }
	old := abi.Mean{Value: 1, Count: 1, AtMS: now - 3_600_001}
	whole := func(means ...abi.Mean) []abi.Candidate {
		signals := make([]abi.Signals, len(means))
		for i, m := range means {
			signals[i] = abi.Signals{Latency: m, First: known(float64(-i))}
		}
		return of(signals...)
	}
	first := func(means ...abi.Mean) []abi.Candidate {
		signals := make([]abi.Signals, len(means))
		for i, m := range means {
			signals[i] = abi.Signals{First: m, Latency: known(float64(-i))}
		}
		return of(signals...)
	}
	finding := whole(known(5), abi.Mean{}, abi.Mean{})
	finding[1].Signals.InFlight = 1
	all := whole(abi.Mean{}, abi.Mean{})
	all[0].Signals.InFlight, all[1].Signals.InFlight = 1, 2
	for _, c := range []struct {
		name       string
		buffer     float64
		stream     bool
		candidates []abi.Candidate
		want       string
	}{
		{"the fastest", 0, false, whole(known(20), known(10), known(30)), "b"},
		{"what is not known goes first", 0, false, whole(known(20), abi.Mean{}, known(30)), "b"},
		{"what is too old is not known", 0, false, whole(known(20), old), "b"},
		{"with nothing known all share", 0, false, whole(abi.Mean{}, abi.Mean{}), "ab"},
		{"one request finds out", 0, false, finding, "c"},
		{"where all are being found out all share", 0, false, all, "ab"},
		{"the buffer", 0.5, false, whole(known(20), known(30), known(31)), "ab"},
		{"a stream goes by its first event", 0, true, first(known(20), known(10)), "b"},
		{"a stream of which no first event is known", 0, true, first(known(20), abi.Mean{}), "b"},
	} {
		s := LowestLatency{Buffer: c.buffer, TTLMS: 3_600_000}
		if got := picks(s, abi.Request{NowMS: now, Stream: c.stream}, c.candidates); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}
