package vm

import "time"

// callClock measures how long a call into a module has run. On a machine with more work than cores a call is not alone
// at fault for the time that passes: a step between two calls home counts as maxStep at most, which is far more than a
// module needs for one, and only after starved times the limit does the clock on the wall decide.
type callClock struct {
	limit       time.Duration
	used        time.Duration
	first, last time.Time // calls home; zero before the first, so that short calls cost no look at the time
}

const (
	maxStep = 2 * time.Millisecond
	starved = 10
)

// late takes notice that the module called home, and tells whether its time is over.
func (c *callClock) late(now time.Time) bool {
	if c.first.IsZero() {
		c.first, c.last = now, now
		return false
	}
	c.used += min(now.Sub(c.last), maxStep)
	c.last = now
	return c.used > c.limit || now.Sub(c.first) > starved*c.limit
}

// left is how much time the call has.
func (c *callClock) left() time.Duration { return max(c.limit-c.used, 0) }
