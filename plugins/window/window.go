// Package window counts what happened in the last so many milliseconds, in a bounded number of slots: cheap to add to, and
// no list of events that grows.
package window

// slots divide a window. What leaves it leaves in steps of a slot, so a sum is of the last span, and up to a slot less.
const slots = 10

// Window is two counters that forget: all, and those of them that were bad. It belongs to one worker.
type Window struct {
	span int64 // of a slot, milliseconds
	slot [slots]slot
}

type slot struct {
	number     int64 // time divided by the span; 0: never used
	total, bad int
}

// New returns a window that looks back spanMS milliseconds, at least one a slot.
func New(spanMS int) *Window { return &Window{span: max(int64(spanMS)/slots, 1)} }

// Add counts.
func (w *Window) Add(nowMS int64, total, bad int) {
	number := nowMS / w.span
	s := &w.slot[number%slots]
	if s.number != number {
		*s = slot{number: number}
	}
	s.total += total
	s.bad += bad
}

// Sum returns what was counted in the window that ends at nowMS.
func (w *Window) Sum(nowMS int64) (total, bad int) {
	number := nowMS / w.span
	for i := range w.slot {
		if s := &w.slot[i]; s.number > number-slots && s.number <= number {
			total, bad = total+s.total, bad+s.bad
		}
	}
	return total, bad
}
