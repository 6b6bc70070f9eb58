package price

import (
	"math"
	"testing"
)

func TestRate(t *testing.T) {
	for _, c := range []struct {
		name   string
		rate   Rate
		usd    float64
		stated bool
	}{
		{"nobody said", Rate{}, 0, false},
		{"free", USD(0), 0, true},
		{"minus nothing", USD(math.Copysign(0, -1)), 0, true},
		{"a price", USD(2.5e-06), 2.5e-06, true},
		{"negative", USD(-1), 0, false},
		{"no number", USD(math.NaN()), 0, false},
		{"endless", USD(math.Inf(1)), 0, false},
		{"the first that is stated", Rate{}.Or(USD(2)), 2, true},
		{"stated nothing wins", USD(0).Or(USD(2)), 0, true},
		{"neither", Rate{}.Or(Rate{}), 0, false},
	} {
		usd, stated := c.rate.PerToken()
		if usd != c.usd || stated != c.stated || math.Signbit(usd) {
			t.Errorf("%s: %v %v, want %v %v", c.name, usd, stated, c.usd, c.stated)
		}
	}
	if (Rate{}) == USD(0) {
		t.Error("what is not stated is the same as free")
	}
}

func TestAnswer(t *testing.T) {
	for a, want := range map[Answer]string{Unstated: "unstated", No: "no", Yes: "yes"} {
		if a.String() != want {
			t.Errorf("%d is %q, want %q", a, a, want)
		}
	}
	if (Model{}).Tools != Unstated {
		t.Error("a model nobody spoke of can or cannot call tools")
	}
}
