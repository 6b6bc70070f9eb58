package envoytest

import (
	"io"
	"testing"
	"time"
)

// TestAwait: who waits is woken by the line it waits for, and gives up when it does not come.
func TestAwait(t *testing.T) {
	l := newLines()
	go func() {
		for _, part := range []string{"on", "e\ntw", "o\n", "rest"} {
			if _, err := io.WriteString(l, part); err != nil {
				t.Error(err)
			}
		}
	}()
	got, ok := l.await(time.Minute, func(lines []string) bool { return len(lines) == 2 })
	if !ok || got[0] != "one" || got[1] != "two" {
		t.Errorf("got %q, %v", got, ok)
	}
	if got, ok := l.await(time.Millisecond, func(lines []string) bool { return len(lines) == 3 }); ok || len(got) != 2 {
		t.Errorf("a third line: got %q, %v", got, ok)
	}
}
