package simulate

import (
	"math"
	"testing"
)

func TestMeasure(t *testing.T) {
	var y tally
	for i := range 99 {
		y.attempt("a")
		y.answer(float64(99-i), 0.002, i%2 == 0)
	}
	y.attempt("b")
	y.failed, y.errors = 1, 1
	got := y.measure(&World{Servers: []Server{{ID: "a"}, {ID: "b"}}})
	want := Measure{P95MS: 95, USD: 2, Errors: 1, Quality: 50. / 99 * 100, Failures: 1, Uneven: 98}
	for m := range metrics {
		if math.Abs(got[m]-want[m]) > 1e-9 {
			t.Errorf("%s: %g, expected %g", m, got[m], want[m])
		}
	}
}

// TestDifference against a textbook's formula, worked out by hand: the mean of 1 … 20 is 10.5, its deviation √35.
func TestDifference(t *testing.T) {
	was, is := make([]Measure, Seeds), make([]Measure, Seeds)
	for i := range was {
		was[i][USD] = 7
		is[i][USD] = 7 + float64(i+1)
	}
	got := difference(was, is, USD)
	if math.Abs(got.Mean-10.5) > 1e-9 || math.Abs(got.Half-student*math.Sqrt(35./Seeds)) > 1e-9 {
		t.Errorf("got %v", got)
	}
	if text := (Interval{-0.004, 0.002}).text(USD); text != "0.00 ± 0.00" {
		t.Errorf("got %s", text)
	}
}
