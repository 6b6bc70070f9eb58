package envoytest

import (
	"bytes"
	"strings"
	"sync"
	"time"
)

// lines collects a process's output and wakes who waits for it.
type lines struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	more chan struct{} // closed and replaced when something was written
}

func newLines() *lines { return &lines{more: make(chan struct{})} }

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.buf.Write(p)
	close(l.more)
	l.more = make(chan struct{})
	return n, err
}

// String returns all that was written.
func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// whole returns the lines that are complete.
func (l *lines) whole() []string {
	text := l.String()
	end := strings.LastIndexByte(text, '\n')
	if end < 0 {
		return nil
	}
	return strings.Split(text[:end], "\n")
}

// await returns the lines once enough says so of them; ok is false when it did not within d.
func (l *lines) await(d time.Duration, enough func([]string) bool) (got []string, ok bool) {
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	for {
		l.mu.Lock()
		more := l.more
		l.mu.Unlock()
		if got = l.whole(); enough(got) {
			return got, true
		}
		select {
		case <-more:
		case <-deadline.C:
			return l.whole(), false
		}
	}
}
