package vm

import (
	"testing"
	"time"
)

func TestCallClock(t *testing.T) {
	begin := time.Now()
	tests := []struct {
		name string
		step time.Duration
		want time.Duration // of the wall's clock when the call is late
	}{
		{"a loop that runs all the time", 100 * time.Microsecond, time.Second},
		{"one that waits for a core most of the time", 8 * time.Millisecond, 4 * time.Second},
		{"one that calls home too seldom", 500 * time.Millisecond, starved * time.Second},
	}
	for _, tt := range tests {
		c := callClock{limit: time.Second}
		now := begin
		for !c.late(now) {
			now = now.Add(tt.step)
		}
		if got := now.Sub(begin); got < tt.want || got > tt.want+2*tt.step+maxStep {
			t.Errorf("%s: late after %v, want %v", tt.name, got, tt.want)
		}
	}
}
