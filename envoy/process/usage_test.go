package process

import (
	"testing"
	"time"
)

func TestCPUOf(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		want  time.Duration
		fails bool
	}{
		"plain":         {"12 (envoy) S 1 2 3 4 5 6 7 8 9 10 250 17 0 0 20 0 9", 2670 * time.Millisecond, false},
		"name is nasty": {"12 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 1 2 0 0 20 0 9", 30 * time.Millisecond, false},
		"short":         {"12 (envoy) S 1 2", 0, true},
		"no number":     {"12 (envoy) S 1 2 3 4 5 6 7 8 9 10 x 17 0 0", 0, true},
		"empty":         {"", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := cpuOf([]byte(c.text))
			if (err != nil) != c.fails || !c.fails && got != c.want {
				t.Errorf("%s, %v; expected %s", got, err, c.want)
			}
		})
	}
}

func TestKilobytes(t *testing.T) {
	status := []byte("Name:\tx\nVmHWM:\t  2048 kB\nVmRSS:\t    12 kB\nVmBad:\t12 MB\n")
	for name, want := range map[string]int64{"VmHWM:": 2 << 20, "VmRSS:": 12 << 10} {
		if got, err := kilobytes(status, name); err != nil || got != want {
			t.Errorf("%s %d, %v; expected %d", name, got, err, want)
		}
	}
	for _, name := range []string{"VmBad:", "VmNone:"} {
		if got, err := kilobytes(status, name); err == nil {
			t.Errorf("%s %d, expected an error", name, got)
		}
	}
}
