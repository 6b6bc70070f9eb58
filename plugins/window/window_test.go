package window

import "testing"

func TestWindowForgets(t *testing.T) {
	w := New(1000)
	at := int64(1_700_000_000_000)
	w.Add(at, 1, 1)
	w.Add(at+500, 2, 0)
	for _, c := range []struct {
		after      int64
		total, bad int
	}{{500, 3, 1}, {999, 3, 1}, {1000, 2, 0}, {1499, 2, 0}, {1500, 0, 0}, {1_000_000, 0, 0}} {
		if total, bad := w.Sum(at + c.after); total != c.total || bad != c.bad {
			t.Errorf("after %d ms: %d, %d; want %d, %d", c.after, total, bad, c.total, c.bad)
		}
	}
	w.Add(at+5000, 4, 4) // a slot that is used again has forgotten what it held
	if total, bad := w.Sum(at + 5000); total != 4 || bad != 4 {
		t.Errorf("got %d, %d", total, bad)
	}
}

func TestWindowOfNoTime(t *testing.T) {
	w := New(0)
	w.Add(7, 1, 0)
	if total, _ := w.Sum(7); total != 1 {
		t.Errorf("got %d", total)
	}
}
