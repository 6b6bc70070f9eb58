package strategy

import (
	"math"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestCostCascade(t *testing.T) {
	ladder := priced(10, 10, 1, 1, -1, -1, 5, 5, 1, 1) // b and e, then d, then a, then c
	for _, c := range []struct {
		name       string
		rung       int
		confidence float64
		want       string
	}{
		{"nothing is said: the cheapest", 0, 0, "be"},
		{"a confidence without a rung says nothing", 0, 0.1, "be"},
		{"a rung without a confidence is that rung", 2, 0, "d"},
		{"the first", 1, 0, "be"},
		{"sure enough: it stays", 1, 0.9, "be"},
		{"exactly sure enough", 2, 0.7, "d"},
		{"not sure enough: the next", 1, 0.69, "d"},
		{"from the second to the third", 2, 0.1, "a"},
		{"unknown prices are last", 3, 0.1, "c"},
		{"above the last is the last", 4, 0.1, "c"},
		{"far above", math.MaxInt, 0, "c"},
		{"far above, and not sure", math.MaxInt, 0.1, "c"},
		{"below the first is the first", -3, 0.1, "be"},
	} {
		q := abi.Request{InputTokens: 100, Rung: c.rung, Confidence: c.confidence}
		if got := picks(CostCascade{0.7, 4}, q, ladder); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestCostCascadeRungs(t *testing.T) {
	for _, c := range []struct {
		name       string
		rungs      int
		candidates []abi.Candidate
		want       string
	}{
		{"no more rungs than said", 2, priced(10, 10, 1, 1, 5, 5), "c"},
		{"one rung", 1, priced(10, 10, 1, 1, 5, 5), "b"},
		{"fewer rungs than said", 4, priced(10, 10, 1, 1), "a"},
		{"only unknown prices", 4, priced(-1, -1, -1, -1), "ab"},
		{"free is a price", 4, priced(0, 0, 1, 1, -1, -1), "c"},
		{"one", 4, priced(-1, -1), "a"},
	} {
		if got := picks(CostCascade{0.7, c.rungs}, abi.Request{Rung: 9}, c.candidates); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// TestCostCascadeStands: neither what was learned of answers nor the cache of a session moves a rung.
func TestCostCascadeStands(t *testing.T) {
	candidates := priced(1, 2, 1.5, 3)
	candidates[0].Signals.Output = abi.Mean{Value: 9000, Count: 9}
	candidates[1].Price.CachedInput = 1e-9
	q := abi.Request{InputTokens: 100_000, Sticky: "b"}
	if got := picks(CostCascade{0.7, 4}, q, candidates); got != "a" {
		t.Errorf("the first rung is %s, want a", got)
	}
}

// TestCostCascadeFailsOver: what is left when a rung's only deployment failed begins one rung higher; beside a replica it does not.
func TestCostCascadeFailsOver(t *testing.T) {
	q := abi.Request{Rung: 2}
	if got := picks(CostCascade{0.7, 4}, q, priced(1, 1, 5, 5, 5, 5)); got != "bc" {
		t.Errorf("got %s, want bc", got)
	}
	if got := picks(CostCascade{0.7, 4}, q, priced(1, 1, 5, 5)); got != "b" {
		t.Errorf("got %s, want b", got)
	}
}

func TestCostCascadeSharesARung(t *testing.T) {
	const n = 20_000
	even(t, counted(CostCascade{0.7, 4}, abi.Request{}, priced(1, 1, 1, 1, 2, 2, 1, 1), n), n, 3)
}
