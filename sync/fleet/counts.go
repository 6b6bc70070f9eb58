package fleet

import (
	"time"

	"github.com/routeiq/routeiq/abi"
)

// maxSeries bounds the revisions that are counted: each that is active for a moment has some.
const maxSeries = 256

// counts are what became of requests and attempts, fleet-wide, by revision and time.
type counts struct {
	series map[string]*series
}

// series is one revision's counts: in slices of time, oldest first.
type series struct {
	slices []slice
}

// slice is the counts of a moment.
type slice struct {
	at               time.Time // when it began
	answered, failed int
	attempts         map[string]Tries // by deployment
}

// Tries are attempts at a deployment, and the requests that failed without one because it was paused.
type Tries struct{ Made, Failed, Paused int }

func (t Tries) plus(o Tries) Tries {
	return Tries{t.Made + o.Made, t.Failed + o.Failed, t.Paused + o.Paused}
}

// sliceTime is how long a slice is.
const sliceTime = time.Second

// add takes a report in, and drops what is older than keep.
func (c *counts) add(r *abi.Report, at time.Time, keep time.Duration) {
	c.prune(at.Add(-keep))
	for _, q := range r.Requests {
		if s := c.slice(q.Revision, at); s != nil {
			s.answered += max(q.Answered, 0)
			s.failed += max(q.Failed, 0)
		}
	}
	for _, a := range r.Attempts {
		if s := c.slice(a.Revision, at); s != nil {
			s.attempts[a.Deployment] = s.attempts[a.Deployment].plus(Tries{max(a.Made, 0), max(a.Failed, 0), max(a.Paused, 0)})
		}
	}
}

// slice returns where counts of a moment go; nil: there are too many revisions.
func (c *counts) slice(revision string, at time.Time) *slice {
	s := c.series[revision]
	if s == nil {
		if len(c.series) >= maxSeries {
			return nil
		}
		s = &series{}
		c.series[revision] = s
	}
	if n := len(s.slices); n == 0 || at.Sub(s.slices[n-1].at) >= sliceTime {
		s.slices = append(s.slices, slice{at: at, attempts: map[string]Tries{}})
	}
	return &s.slices[len(s.slices)-1]
}

func (c *counts) prune(before time.Time) {
	for revision, s := range c.series {
		for len(s.slices) > 0 && s.slices[0].at.Before(before) {
			s.slices = s.slices[1:]
		}
		if len(s.slices) == 0 {
			delete(c.series, revision)
		}
	}
}

// sum adds up a revision's counts between two times.
func (c *counts) sum(revision string, from, until time.Time) slice {
	out := slice{attempts: map[string]Tries{}}
	s := c.series[revision]
	if s == nil {
		return out
	}
	for _, one := range s.slices {
		if one.at.Before(from) || !one.at.Before(until) {
			continue
		}
		out.answered += one.answered
		out.failed += one.failed
		for id, t := range one.attempts {
			out.attempts[id] = out.attempts[id].plus(t)
		}
	}
	return out
}

// Attempts returns how many attempts at each deployment ended lately, within the window, and how many of them failed.
func (f *Fleet) Attempts(now time.Time) map[string]Tries {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string]Tries{}
	for revision := range f.counts.series {
		for id, t := range f.counts.sum(revision, now.Add(-f.options.Policy.Window), now.Add(sliceTime)).attempts {
			out[id] = out[id].plus(t)
		}
	}
	return out
}
