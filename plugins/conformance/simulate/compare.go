package simulate

import (
	"fmt"
	"math"

	"github.com/routeiq/routeiq/abi"
)

// Case is a strategy in the world that shows what it is for.
type Case struct {
	Setup
	World   *World
	Against Setup    // without a strategy: simple-shuffle
	Better  []Metric // that must be, with their intervals
	Kept    []Metric // that must not be worse
	Worse   []Metric // that are, and of which the report warns
	Shows   string   // for the report
}

func (c *Case) against() Setup {
	if c.Against.Strategy == "" {
		return Setup{Strategy: abi.DefaultStrategy}
	}
	return c.Against
}

// Seeds is how often each world is played with each setup.
const Seeds = 20

// student is the 97.5th percentile of Student's distribution with Seeds-1 degrees of freedom.
const student = 2.093

// Interval is a mean of Seeds differences, and half the width of its 95 % interval.
type Interval struct{ Mean, Half float64 }

// Comparison is what came out.
type Comparison struct {
	*Case
	Was, Is Measure // means over seeds
	Diff    [metrics]Interval
}

// Lab plays cases. It keeps what was measured: several strategies are compared with the same.
type Lab struct{ done map[string][]Measure }

// NewLab returns one in which nothing was measured.
func NewLab() *Lab { return &Lab{map[string][]Measure{}} }

// Compare plays a case.
func (l *Lab) Compare(c *Case) (*Comparison, error) {
	was, err := l.measure(c.World, c.against())
	if err != nil {
		return nil, err
	}
	is, err := l.measure(c.World, c.Setup)
	if err != nil {
		return nil, err
	}
	r := &Comparison{Case: c, Was: mean(was), Is: mean(is)}
	for m := range metrics {
		r.Diff[m] = difference(was, is, m)
	}
	return r, nil
}

func (l *Lab) measure(w *World, s Setup) ([]Measure, error) {
	key := fmt.Sprint(w.Name, s)
	if l.done[key] != nil {
		return l.done[key], nil
	}
	config, err := w.compile(s)
	if err != nil {
		return nil, err
	}
	if got := config.Groups[0].Strategy; got.Requested != "" || got.Name != s.Strategy {
		return nil, fmt.Errorf("the world %s runs %s in place of %s", w.Name, got.Name, s.Strategy)
	}
	var all []Measure
	for seed := range Seeds {
		m, err := w.Run(config, seed)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	l.done[key] = all
	return all, nil
}

func mean(all []Measure) (sum Measure) {
	for _, m := range all {
		for i := range sum {
			sum[i] += m[i] / float64(len(all))
		}
	}
	return sum
}

// difference is of pairs: both met the same clients, so that what they have in common drops out.
func difference(was, is []Measure, m Metric) Interval {
	n := float64(len(was))
	sum, square := 0.0, 0.0
	for i := range was {
		d := is[i][m] - was[i][m]
		sum += d
		square += d * d
	}
	variance := max(square-sum*sum/n, 0) / (n - 1)
	return Interval{sum / n, student * math.Sqrt(variance/n)}
}

// Failed returns what should hold and does not.
func (r *Comparison) Failed() (failed []string) {
	add := func(m Metric, what string) {
		d := r.Diff[m]
		failed = append(failed, fmt.Sprintf("%s %s: %.4g → %.4g, a difference of %.4g ± %.4g", m, what, r.Was[m], r.Is[m], d.Mean, d.Half))
	}
	for _, m := range r.Better {
		if d := r.harm(m); d.Mean+d.Half >= 0 {
			add(m, "is no better")
		}
	}
	for _, m := range r.Kept {
		if d := r.harm(m); d.Mean-d.Half > 0 {
			add(m, "is worse")
		}
	}
	for _, m := range r.Worse {
		if d := r.harm(m); d.Mean-d.Half <= 0 {
			add(m, "is no worse, of which the report warns")
		}
	}
	return failed
}

// harm is how much worse a metric is: of all but quality, more is worse.
func (r *Comparison) harm(m Metric) Interval {
	d := r.Diff[m]
	if m == Quality {
		d.Mean = -d.Mean
	}
	return d
}

var metricNames = [metrics]string{"p95 ms", "USD per 1,000", "errors %", "quality %", "failed attempts %", "unevenness %"}

// String names a metric.
func (m Metric) String() string { return metricNames[m] }
