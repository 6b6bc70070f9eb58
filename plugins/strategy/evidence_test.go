package strategy

import (
	"math"
	"testing"
)

func TestFading(t *testing.T) {
	for _, c := range []struct {
		name          string
		weight, dated float64
		want          float64
	}{
		{"nothing known", 0, 0, 1},
		{"now", 3, 3 * float64(now), 1},
		{"in the future", 3, 3 * float64(now+500), 1},
		{"an hour ago", 3, 3 * float64(now-halfLifeMS), 0.5},
		{"two workers, by the weight of what they know", 4, float64(now) + 3*float64(now-4*halfLifeMS), 0.125},
		{"long ago", 3, 0, 0},
	} {
		if got := fading(c.weight, c.dated, now); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s: got %g, want %g", c.name, got, c.want)
		}
	}
}

func TestRenewedDoesNotGoBack(t *testing.T) {
	for _, c := range []struct {
		weight, dated float64
		want          int64
	}{{0, 0, now}, {3, 3 * float64(now-1000), now}, {3, 3 * float64(now+1000), now + 1000}} {
		if got := renewed(c.weight, c.dated, now); math.Abs(got-float64(c.want)) > 1e-2 {
			t.Errorf("%+v: got %f", c, got)
		}
	}
}
