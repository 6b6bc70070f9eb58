package report

import (
	"testing"
	"time"
)

const µs = time.Microsecond

// rounds makes a series of equal rounds.
func rounds(n, requests, errors int, cpu, p50 time.Duration) (s Series) {
	for range n {
		s = append(s, Round{Requests: requests, Errors: errors, CPU: cpu * time.Duration(requests), P50: p50, P99: 3 * p50, FirstEvent: p50 / 2, Took: time.Second})
	}
	return s
}

func TestSeries(t *testing.T) {
	s := append(rounds(2, 100, 1, 50*µs, 200*µs), rounds(1, 300, 0, 90*µs, 400*µs)...)
	if s.Requests() != 500 || s.Errors() != 2 {
		t.Errorf("%d requests, %d errors", s.Requests(), s.Errors())
	}
	if got, want := s.CPU(), (200*50*µs+300*90*µs)/500; got != want {
		t.Errorf("CPU %s, expected %s", got, want)
	}
	if got := s.PerSecond(); got < 166 || got > 167 {
		t.Errorf("%v a second", got)
	}
	var none Series
	if none.CPU() != 0 || none.PerSecond() != 0 || none.of(p50) != (Spread{}) {
		t.Error("nothing measured is not nothing")
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   Spread
	}{
		{nil, Spread{}},
		{[]float64{3}, Spread{3, 3, 3}},
		{[]float64{3, 1, 2}, Spread{2, 1, 3}},
		{[]float64{4, 1, 2, 3}, Spread{2.5, 1, 4}},
	} {
		if got := spread(c.values); got != c.want {
			t.Errorf("%v, expected %v", got, c.want)
		}
	}
}

// TestDriftCancels: the machine becomes twice as slow half way; what a round compares stays the same.
func TestDriftCancels(t *testing.T) {
	base := append(rounds(2, 100, 0, 50*µs, 100*µs), rounds(2, 100, 0, 100*µs, 200*µs)...)
	ours := append(rounds(2, 100, 0, 75*µs, 150*µs), rounds(2, 100, 0, 150*µs, 300*µs)...)
	if got := cpuRatio(ours, base); got.Median != 1.5 || got.Min != 1.5 || got.Max != 1.5 {
		t.Errorf("ratio %v", got)
	}
	if got := added(ours, base, p50); got.Min != float64(50*µs) || got.Max != float64(100*µs) {
		t.Errorf("added %v", got)
	}
	if got := cpuRatio(ours, nil); got != (Spread{}) {
		t.Errorf("ratio to nothing is %v", got)
	}
}
