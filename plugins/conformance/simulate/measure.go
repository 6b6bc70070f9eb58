package simulate

import (
	"math"
	"slices"
)

// Metric is something that is measured.
type Metric int

// The metrics.
const (
	P95MS    Metric = iota // 95 of 100 clients waited less: for a stream's first event, for any other answer as a whole
	USD                    // of 1,000 requests that were answered
	Errors                 // percent of requests that got none
	Quality                // percent of answers that are good
	Failures               // percent of attempts that failed, or for which there was no room
	Uneven                 // percent: the deviation of the servers' attempts from their mean, in parts of it
	metrics
)

// Measure is a value of each metric.
type Measure [metrics]float64

// tally counts what happens.
type tally struct {
	waits           []float64
	usd             float64
	good            int
	errors, refused int
	attempts        map[string]int
	failed          int
}

func (t *tally) attempt(id string) {
	if t.attempts == nil {
		t.attempts = map[string]int{}
	}
	t.attempts[id]++
}

func (t *tally) answer(waitedMS, usd float64, good bool) {
	t.waits = append(t.waits, waitedMS)
	t.usd += usd
	if good {
		t.good++
	}
}

func (t *tally) measure(w *World) (m Measure) {
	answered := float64(max(len(t.waits), 1))
	slices.Sort(t.waits)
	if n := len(t.waits); n > 0 {
		m[P95MS] = t.waits[min(n*95/100, n-1)]
	}
	m[USD] = t.usd / answered * 1000
	m[Quality] = float64(t.good) / answered * 100
	m[Errors] = float64(t.errors) / float64(max(t.errors+len(t.waits), 1)) * 100
	total, square := 0, 0.0
	for i := range w.Servers {
		total += t.attempts[w.Servers[i].ID]
	}
	mean := float64(total) / float64(len(w.Servers))
	for i := range w.Servers {
		off := float64(t.attempts[w.Servers[i].ID]) - mean
		square += off * off
	}
	m[Failures] = float64(t.failed+t.refused) / float64(max(total+t.refused, 1)) * 100
	m[Uneven] = math.Sqrt(square/float64(len(w.Servers))) / max(mean, 1) * 100
	return m
}
