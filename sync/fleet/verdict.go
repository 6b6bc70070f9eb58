package fleet

import (
	"cmp"
	"fmt"
	"math"
	"time"
)

// Policy says when a revision does worse than the one before it. Zero fields are the defaults.
type Policy struct {
	Window      time.Duration // that is looked at: before the change of the old revision, since then of the new one
	MinRequests int           // of the new revision, before anything is said
	// Confidence is how sure one must be, of one look: 0.999 is that a revision which is no worse is called worse in one of
	// 1,000. Reports come many times in a window and each is looked at, so it is higher than a single test would need.
	Confidence float64
	// Margin is by how much the rate of failures must have risen, at least: of many requests, differences that hurt nobody are
	// beyond chance too.
	Margin float64
	// Alone is the rate of failures that is too high where the old revision had too few requests to compare with.
	Alone float64
}

// The defaults.
const (
	DefaultWindow      = time.Minute
	DefaultMinRequests = 50
	DefaultConfidence  = 0.999
	DefaultMargin      = 0.02
	DefaultAlone       = 0.5
)

func (p Policy) complete() Policy {
	p.Window = cmp.Or(p.Window, DefaultWindow)
	p.MinRequests = cmp.Or(p.MinRequests, DefaultMinRequests)
	p.Confidence = cmp.Or(p.Confidence, DefaultConfidence)
	p.Margin = cmp.Or(p.Margin, DefaultMargin)
	p.Alone = cmp.Or(p.Alone, DefaultAlone)
	return p
}

// keep is how long counts are kept: what was before a change is asked for until its window has ended.
func (p Policy) keep() time.Duration { return 3 * p.Window }

// Comparison is two revisions and how they differ.
type Comparison struct {
	Old, New string
	At       time.Time // when the new one was published
	// Untouched are deployments that are the same in both, surroundings included: their failures are their own. Same are those
	// that are the same but whose surroundings may differ: of them, as many failures are their own as the old revision had
	// there, too.
	Untouched, Same map[string]bool
}

// Verdict is what a comparison came to.
type Verdict struct {
	Worse    bool
	Enough   bool // there were enough requests to tell
	Old, New Rate
	P        float64 // how likely a difference like this is without a reason, 0 to 1
}

// Rate is requests that failed, of all.
type Rate struct {
	Requests, Failed int
	Excused          int // that failed for what they would have failed for anyhow; they are in neither
}

// Of is the part that failed.
func (r Rate) Of() float64 {
	if r.Requests == 0 {
		return 0
	}
	return float64(r.Failed) / float64(r.Requests)
}

// String is for a reason.
func (v Verdict) String() string {
	s := fmt.Sprintf("%d of %d requests failed (%.1f %%)", v.New.Failed, v.New.Requests, 100*v.New.Of())
	if v.Old.Requests > 0 {
		s += fmt.Sprintf(", before it %d of %d (%.1f %%)", v.Old.Failed, v.Old.Requests, 100*v.Old.Of())
	}
	if v.New.Excused > 0 {
		s += fmt.Sprintf("; %d failures at deployments that did not change are not counted", v.New.Excused)
	}
	return s
}

// Verdict compares the requests of two revisions: those of the old one in the window before the change and since, and those of
// the new one, by Fisher's exact test, one-sided: failures are rare, and few, where the normal approximation is wrong.
func (f *Fleet) Verdict(c Comparison) Verdict {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.options.Policy
	until := c.At.Add(2 * p.Window) // requests of the old one that end now are still its own
	if c.Old == c.New {
		until = c.At // only a key changed, and modules do not know of keys
	}
	old, is := f.counts.sum(c.Old, c.At.Add(-p.Window), until), f.counts.sum(c.New, c.At, c.At.Add(2*p.Window))
	v := Verdict{
		Old: Rate{Requests: old.answered + old.failed, Failed: old.failed},
		New: Rate{Requests: is.answered + is.failed, Failed: is.failed},
		P:   1,
	}
	v.New.Excused = excused(c, old, is)
	v.New.Requests -= v.New.Excused
	v.New.Failed -= v.New.Excused
	v.Enough = v.New.Requests >= p.MinRequests
	switch {
	case !v.Enough || v.New.Failed == 0:
	case v.Old.Requests < p.MinRequests:
		v.Worse = v.New.Of() >= p.Alone && v.New.Of() > v.Old.Of()
	default:
		v.P = chance(v.Old, v.New)
		v.Worse = v.P < 1-p.Confidence && v.New.Of()-v.Old.Of() >= p.Margin
	}
	return v
}

// excused counts the requests that failed for what is not the new revision's: each such failure left at least one failed
// attempt at a deployment that is as it was, or was made none of because that one had failed too often before.
func excused(c Comparison, old, is slice) int {
	n := 0
	for id, t := range is.attempts {
		lost, of := t.Failed+t.Paused, t.Made+t.Paused
		before := old.attempts[id]
		switch was := before.Made + before.Paused; {
		case c.Untouched[id]:
			n += lost
		case c.Same[id] && was > 0:
			n += min(lost, int(math.Ceil(float64(of)*float64(before.Failed+before.Paused)/float64(was))))
		}
	}
	return min(n, is.failed)
}

// chance is how likely it is that at least b.Failed of all failures fall on b's requests, if each request of both were as likely
// to fail: the upper tail of the hypergeometric distribution.
func chance(a, b Rate) float64 {
	all, failed := a.Requests+b.Requests, a.Failed+b.Failed
	whole := choose(all, b.Requests)
	sum := 0.0
	for k := b.Failed; k <= min(failed, b.Requests); k++ {
		if b.Requests-k > all-failed {
			continue // more would have to succeed than do
		}
		term := math.Exp(choose(failed, k) + choose(all-failed, b.Requests-k) - whole)
		sum += term
		if term < sum*1e-12 && k > b.Failed {
			break // from here on they only get smaller
		}
	}
	return min(sum, 1)
}

// choose is the logarithm of the binomial coefficient.
func choose(n, k int) float64 {
	f := func(n int) float64 { v, _ := math.Lgamma(float64(n) + 1); return v }
	return f(n) - f(k) - f(n-k)
}

// Window is how long a revision is watched.
func (f *Fleet) Window() time.Duration { return f.options.Policy.Window }
