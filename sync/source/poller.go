package source

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// What a Poller does unless told otherwise.
const (
	DefaultInterval = time.Minute
	DefaultJitter   = 0.1
	DefaultTimeout  = 30 * time.Second
	DefaultRetryMin = time.Second
	DefaultRetryMax = 5 * time.Minute
	DefaultFull     = 10
)

// Never as a Poller's Interval: nothing is fetched but at the start and by Trigger. A fetch that failed is tried again.
const Never time.Duration = -1

// Poller fetches a source again and again: at the start, every Interval, when the source says that it changed, when it is
// triggered, and after errors at growing distances. Zero fields are the defaults. Make one with NewPoller.
type Poller struct {
	Source   Source
	Interval time.Duration // between the end of one fetch and the next
	Jitter   float64       // the share of each wait that chance may add or take, below 1, so that a fleet spreads; negative: none
	Chance   func() float64
	Timeout  time.Duration // of one fetch
	RetryMin time.Duration // the wait after the first error; it doubles with each
	RetryMax time.Duration
	// Full is how many fetches in a row ask with a condition before one asks without: a server that says "not modified" of
	// other content is found out by that one. Negative: all ask with a condition.
	Full int
	// Have says which revision its owner has; it is asked before each fetch. So a revision counts as had when its owner
	// says so, not because it was fetched once. nil: the last one that was fetched.
	Have func() Revision

	trigger chan struct{}
}

// Event is what a fetch came to.
type Event struct {
	Document Document  // when Err is nil
	Err      error     // ErrNotModified, or an *Error
	At       time.Time // when the fetch began
	Next     time.Time // when the next one is due; zero: when something asks for it
	Failures int       // fetches that failed in a row, this one included
}

// NewPoller makes a Poller of a source.
func NewPoller(s Source) *Poller { return &Poller{Source: s, trigger: make(chan struct{}, 1)} }

// Trigger asks for a fetch now. It does not wait. A fetch that runs already is followed by another.
func (p *Poller) Trigger() {
	select {
	case p.trigger <- struct{}{}:
	default: // one is asked for already, and has not begun
	}
}

// Run fetches until ctx ends, and gives take every event, one at a time. It returns ctx's error.
func (p *Poller) Run(ctx context.Context, take func(context.Context, Event)) error {
	retry := &backoff.ExponentialBackOff{
		InitialInterval: or(p.RetryMin, DefaultRetryMin), Multiplier: 2, MaxInterval: or(p.RetryMax, DefaultRetryMax),
		RandomizationFactor: 0, // the jitter is added below, from a chance that can be replayed
	}
	retry.Reset()
	interval := or(p.Interval, DefaultInterval)
	changed := changes(p.Source)
	if interval == Never {
		changed = nil
	}
	var last Revision
	asked, failures := 0, 0 // with a condition, and failed: in a row
	for ctx.Err() == nil {
		have := last
		if p.Have != nil {
			have = p.Have()
		}
		ask := have
		if full := or(p.Full, DefaultFull); full > 0 && asked >= full {
			ask = ""
		}
		e := Event{At: time.Now()}
		e.Document, e.Err = p.fetch(ctx, ask)
		if ctx.Err() != nil {
			break
		}
		if e.Err == nil && e.Document.Revision == have { // asked without a condition, the same came
			e.Document, e.Err = Document{}, ErrNotModified
		}
		var wait time.Duration
		if e.Err == nil || errors.Is(e.Err, ErrNotModified) {
			if asked++; ask == "" {
				asked = 0
			}
			if e.Err == nil {
				last = e.Document.Revision
			}
			failures = 0
			retry.Reset()
			wait = p.spread(interval)
		} else {
			failures++
			wait = p.after(e.Err, retry)
		}
		e.Failures = failures
		if wait >= 0 {
			e.Next = time.Now().Add(wait)
		}
		take(ctx, e)
		p.wait(ctx, e.Next, changed)
	}
	return ctx.Err()
}

func (p *Poller) fetch(ctx context.Context, have Revision) (Document, error) {
	ctx, cancel := context.WithTimeout(ctx, or(p.Timeout, DefaultTimeout))
	defer cancel()
	d, err := p.Source.Fetch(ctx, have)
	if err != nil && !errors.Is(err, ErrNotModified) {
		return Document{}, Failure(p.Source.String(), err)
	}
	return d, err
}

// after returns the wait after an error: never less than what the server asks for, never more than the longest.
func (p *Poller) after(err error, retry *backoff.ExponentialBackOff) time.Duration {
	wait := p.spread(retry.NextBackOff())
	var e *Error
	if errors.As(err, &e) && e.RetryAfter > wait {
		wait = min(e.RetryAfter, or(p.RetryMax, DefaultRetryMax))
	}
	return wait
}

// spread adds or takes a share of a wait by chance.
func (p *Poller) spread(d time.Duration) time.Duration {
	jitter := p.Jitter
	if jitter == 0 {
		jitter = DefaultJitter
	}
	if d < 0 || jitter < 0 {
		return d
	}
	chance := rand.Float64
	if p.Chance != nil {
		chance = p.Chance
	}
	return d + time.Duration(float64(d)*min(jitter, 1)*(2*chance()-1))
}

// wait returns when the next fetch is due, or something asks for it.
func (p *Poller) wait(ctx context.Context, next time.Time, changed <-chan struct{}) {
	var due <-chan time.Time
	if !next.IsZero() {
		timer := time.NewTimer(time.Until(next))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-due:
	case <-changed:
	case <-p.trigger:
	}
}

// or returns v, or what stands for zero.
func or[T comparable](v, zero T) T {
	var none T
	if v == none {
		return zero
	}
	return v
}
