package strategy

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/signal"
)

// prefers is a strategy that always picks the deployment of an id, else the first.
type prefers string

func (p prefers) Pick(_ *abi.Request, candidates []abi.Candidate) int {
	for i := range candidates {
		if candidates[i].ID == string(p) {
			return i
		}
	}
	return 0
}

func TestCostAware(t *testing.T) {
	abc := priced(1, 1, 5, 5, 10, 10) // 0.001, 0.005, 0.01 for 1,000 tokens
	unknown := priced(-1, -1, -1, -1, -1, -1)
	for _, c := range []struct {
		name       string
		s          CostAware
		candidates []abi.Candidate
		want       string
	}{
		{"without an inner strategy the cheapest", CostAware{0.7, 0.7, 0, nil}, abc, "a"},
		{"even where cost does not count: others are no better", CostAware{0.7, 0, 0, nil}, abc, "a"},
		{"alike", CostAware{0.7, 0.7, 0, nil}, priced(1, 1, 1, 1, 5, 5), "ab"},
		{"an unknown price is the highest", CostAware{0.7, 0.7, 0, nil}, priced(-1, -1, 75, 150), "b"},
		{"where all prices are unknown one is chosen all the same", CostAware{0.7, 0.7, 0, nil}, unknown, "abc"},
		{"a price of 0 is one", CostAware{0.7, 0.7, 0, nil}, priced(1, 1, 0, 0), "b"},
		{"one", CostAware{0.7, 0.7, 1e-9, nil}, priced(-1, -1), "a"},

		{"above the threshold stands the inner strategy's pick alone", CostAware{0.7, 1, 0, prefers("c")}, abc, "c"},
		{"below it the cheapest beats it", CostAware{0.5, 0.7, 0, prefers("c")}, abc, "a"},
		{"unless quality counts for more", CostAware{0.5, 0.3, 0, prefers("c")}, abc, "c"},
		{"quality alone", CostAware{0, 0, 0, prefers("c")}, abc, "c"},
		{"cost alone", CostAware{0, 1, 0, prefers("c")}, abc, "a"},
		{"the pick is the cheapest: it beats the others", CostAware{0, 0.7, 0, prefers("a")}, abc, "a"},
		{"it costs as much as the cheapest", CostAware{0, 1, 0, prefers("b")}, priced(1, 1, 1, 1, 5, 5), "b"},
		{"its price is not known, others are", CostAware{0, 0.7, 0, prefers("a")}, priced(-1, -1, 5, 5, 1, 1), "c"},
		{"only its price is known", CostAware{0, 0.7, 0, prefers("b")}, priced(-1, -1, 5, 5, -1, -1), "b"},
		{"no price is known: the inner strategy decides", CostAware{0, 1, 0, prefers("b")}, unknown, "b"},

		{"the cap", CostAware{0.7, 0.7, 0.006, nil}, abc, "a"},
		{"the cap is inclusive", CostAware{0.7, 0, 0.005, prefers("b")}, abc, "b"},
		{"an unknown price is above any cap", CostAware{0.7, 0.7, 100, nil}, priced(-1, -1, 75, 150), "b"},
		{"all above the cap: the inner strategy's pick", CostAware{0.7, 0.7, 0.0001, prefers("c")}, abc, "c"},
		{"all above the cap, without an inner strategy: the cheapest", CostAware{0.7, 0.7, 0.0001, nil}, abc, "a"},
		{"all above the cap, and unknown", CostAware{0.7, 0.7, 0.0001, nil}, unknown, "abc"},
		{"the pick above the cap: the cheapest under it, though below the threshold", CostAware{0.7, 0, 0.006, prefers("c")}, abc, "a"},
		{"or above the threshold", CostAware{0.5, 0, 0.006, prefers("c")}, abc, "a"},
	} {
		if got := picks(c.s, abi.Request{InputTokens: 500}, c.candidates); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// TestCostAwareGolden: for as many output tokens as input tokens the cost is the original's mean of both prices.
func TestCostAwareGolden(t *testing.T) {
	c := priced(2.5, 10, 0.15, 0.6)
	q := abi.Request{InputTokens: outputGuess}
	for i, want := range []float64{0.00625, 0.000375} {
		if got := perThousand(&q, &c[i]); math.Abs(got-want) > 1e-12 {
			t.Errorf("1,000 tokens cost %v, want %v", got, want)
		}
	}
}

// TestCostAwareSteps compares with the eight steps as they are told, for any quality.
func TestCostAwareSteps(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 20_000 {
		candidates := random(rng, 1+rng.IntN(6))
		for i := range candidates {
			candidates[i].Signals.Output = pickOf(rng, abi.Mean{}, abi.Mean{Value: 300, Count: 2})
		}
		q := request(rng)
		s := CostAware{pickOf(rng, 0, 0.5, 0.7, 1), pickOf(rng, 0, 0.2, 0.7, 1), pickOf(rng, 0, 0, 0.001, 0.003), nil}
		if rng.IntN(3) > 0 {
			s.Inner = prefers(string(rune('a' + rng.IntN(len(candidates)))))
		}
		got := s.Pick(&q, candidates)
		if want := eightSteps(s, &q, candidates); !want[got] {
			t.Fatalf("%+v: picked %d, want one of %v", s, got, want)
		}
	}
}

// eightSteps returns the candidates of which one may be picked.
func eightSteps(s CostAware, q *abi.Request, candidates []abi.Candidate) map[int]bool {
	cost, quality := make([]float64, len(candidates)), make([]float64, len(candidates))
	best := -1
	if s.Inner != nil {
		best = s.Inner.Pick(q, candidates)
	}
	var all, under, enough, front []int
	for i := range candidates {
		cost[i], _ = expected(q, &candidates[i])
		quality[i] = 1
		if best >= 0 && best != i {
			quality[i] = 0.5
		}
		all = append(all, i)
		if s.Cap == 0 || perThousand(q, &candidates[i]) <= s.Cap {
			under = append(under, i)
			if quality[i] >= s.Threshold {
				enough = append(enough, i)
			}
		}
	}
	top := func(of []int, value func(i int) float64) map[int]bool {
		highest, found := math.Inf(-1), map[int]bool{}
		for _, i := range of {
			highest = max(highest, value(i))
		}
		for _, i := range of {
			found[i] = value(i) == highest
		}
		return found
	}
	fallback := func(of []int) map[int]bool { // by quality, then by cost
		good := top(of, func(i int) float64 { return quality[i] })
		var rest []int
		for _, i := range of {
			if good[i] {
				rest = append(rest, i)
			}
		}
		return top(rest, func(i int) float64 { return -cost[i] })
	}
	switch {
	case len(candidates) == 1:
		return map[int]bool{0: true}
	case len(under) == 0:
		return fallback(all)
	case len(enough) == 0:
		return fallback(under)
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, i := range enough {
		beaten := false
		for _, j := range enough {
			beaten = beaten || cost[j] <= cost[i] && quality[j] >= quality[i] && (cost[j] < cost[i] || quality[j] > quality[i])
		}
		if !beaten {
			front = append(front, i)
			low, high = min(low, cost[i]), max(high, cost[i])
		}
	}
	return top(front, func(i int) float64 {
		scaled := 0.0
		switch {
		case cost[i] == low:
		case math.IsInf(cost[i], 1):
			scaled = 1
		default:
			scaled = (cost[i] - low) / (high - low)
		}
		return (1-s.Weight)*quality[i] + s.Weight*(1-scaled)
	})
}

func TestCostAwareSharesTies(t *testing.T) {
	const n = 20_000
	even(t, counted(CostAware{0.7, 0.7, 0, nil}, abi.Request{}, priced(1, 1, 5, 5, 1, 1, 1, 1), n), n, 3)
	even(t, counted(CostAware{0.5, 0.7, 0, prefers("a")}, abi.Request{}, priced(9, 9, 1, 1, 1, 1), n), n, 2)
	even(t, counted(CostAware{0.7, 0.7, 0, nil}, abi.Request{}, priced(-1, -1, -1, -1), n), n, 2)
}

// pupil learns.
type pupil struct{ prefers }

func (pupil) Keep() signal.Settings                              { return signal.Settings{List: 7} }
func (pupil) Learn(own []float64, e *routing.Experience)         {}
func (pupil) Estimate(q *abi.Request, sums []float64) [2]float64 { return [2]float64{} }

// registered adds kinds for the time of a test.
func registered(t *testing.T, kinds ...*routing.Kind) {
	for _, k := range kinds {
		register(k)
		t.Cleanup(func() { delete(registry, k.Name) })
	}
}

// TestCostAwareInner: by its name any strategy can be the inner one, whatever it asks for.
func TestCostAwareInner(t *testing.T) {
	registered(t,
		routing.Fixed("test-prefers", prefers("b")), routing.Fixed("test-pupil", pupil{"b"}), &routing.Kind{
			Name: "test-demanding", Params: []routing.Param{{Name: "x", Type: routing.Text, About: "a", Required: true}},
		},
	)
	with := func(name string) (routing.Strategy, error) {
		return Registry()[costAware].Make(abi.Args{{Name: "inner_strategy_name", Text: name}})
	}
	if s, err := with(""); err != nil || s.(routing.Outer).Within() != nil {
		t.Errorf("without an inner strategy: %v", err)
	}
	if s, err := with("round-robin"); err != nil || s.(routing.Outer).Within() != (RoundRobin{}) {
		t.Errorf("with round-robin: %v", err)
	}
	s, _ := with("test-prefers")
	if got := picks(s, abi.Request{}, priced(1, 1, 9, 9)); got != "b" {
		t.Errorf("the inner strategy prefers b, got %s", got)
	}
	for name, want := range map[string]string{
		"least-bussy":    `inner_strategy_name: is "least-bussy", which is no strategy, did you mean least-busy?`,
		"zzzzzzzzzzzz":   `inner_strategy_name: is "zzzzzzzzzzzz", which is no strategy`,
		costAware:        "inner_strategy_name: is llmrouter-cost-aware itself, expected another strategy",
		"test-pupil":     "inner_strategy_name: is test-pupil, which learns for itself: expected one that does not",
		"test-demanding": "inner_strategy_name: is test-demanding, which does not run with its defaults: x: is missing: test-demanding needs text, a",
	} {
		if _, err := with(name); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

// TestCostAwareArguments: the original's that would do nothing are refused.
func TestCostAwareArguments(t *testing.T) {
	for _, name := range []string{"inner_strategy", "cost_refresh_interval", "enable_circuit_breaker_filtering"} {
		_, err := Registry()[costAware].Make(abi.Args{{Name: name}})
		if err == nil || !strings.HasPrefix(err.Error(), name+": is no argument of llmrouter-cost-aware, expected quality_threshold, ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// manyCandidates makes n candidates of which every third has no price.
func manyCandidates(n int) []abi.Candidate {
	candidates := make([]abi.Candidate, n)
	for i := range candidates {
		model := []string{"gpt-4o", "gpt-4o-mini", "gemini-1.5-pro", "mystery"}[i%4]
		d := &abi.Deployment{ID: "d" + strconv.Itoa(i), Provider: "openai", Model: model, Share: 1}
		if i%3 > 0 {
			d.Price = &abi.Price{Input: float64(i%7) * 1e-6, Output: float64(i%5) * 1e-6}
		}
		candidates[i] = abi.Candidate{Deployment: d, Signals: &abi.Signals{Output: abi.Mean{Value: 300, Count: 3}}}
	}
	return candidates
}

// BenchmarkCostAware also says what a decision allocates.
func BenchmarkCostAware(b *testing.B) {
	s := CostAware{0.5, 0.7, 0.004, LeastBusy{}}
	for _, n := range []int{10, 100, 1000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			candidates, q := manyCandidates(n), abi.Request{InputTokens: 1000, Seed: 7}
			b.ReportAllocs()
			for b.Loop() {
				s.Pick(&q, candidates)
			}
		})
	}
}
