package agent

import "sync"

// lead is a lease that a test gives and takes.
type lead struct {
	mu         sync.Mutex
	held       bool
	generation uint64
	changed    chan struct{}
}

func newLead(held bool) *lead {
	return &lead{held: held, generation: 1, changed: make(chan struct{}, 1)}
}

func (l *lead) Leader() (uint64, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.generation, l.held
}
func (l *lead) Changed() <-chan struct{} { return l.changed }

func (l *lead) set(held bool) {
	l.mu.Lock()
	l.held = held
	l.generation++
	l.mu.Unlock()
	l.changed <- struct{}{}
}
