package strategy

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// estimated makes candidates of estimates.
func estimated(estimates ...[2]float64) []abi.Candidate {
	var signals []abi.Signals
	for _, e := range estimates {
		signals = append(signals, abi.Signals{Estimate: e})
	}
	return of(signals...)
}

// believed makes candidates of α and β.
func believed(counts ...[2]float64) []abi.Candidate {
	var estimates [][2]float64
	for _, c := range counts {
		b := beliefOf(c[0], c[1])
		estimates = append(estimates, [2]float64{b.mean, b.ratio})
	}
	return estimated(estimates...)
}

// TestThompsonPicksByBelief: how often each is picked is how likely it is to be the best. The wanted chances are those of beta
// distributions, by adding up over the first's values; ± 0.04 is what a Kumaraswamy may be off, and five standard deviations.
func TestThompsonPicksByBelief(t *testing.T) {
	const n = 20_000
	for _, c := range [][2][2]float64{
		{{2.5, 2.5}, {2.5, 2.5}}, {{3.5, 2.5}, {2.5, 2.5}}, {{9, 3}, {2.5, 2.5}}, {{80, 20}, {75, 25}}, {{90, 10}, {3, 2}}, {{8, 8}, {30, 50}},
	} {
		want := 0.0
		const steps = 2000
		for i := range steps {
			low, high := float64(i)/steps, float64(i+1)/steps
			want += (betaBelow(c[0][0], c[0][1], high) - betaBelow(c[0][0], c[0][1], low)) * betaBelow(c[1][0], c[1][1], (low+high)/2)
		}
		got := float64(counted(Thompson{}, abi.Request{}, believed(c[0], c[1]), n)["a"]) / n
		if math.Abs(got-want) > 0.04+5*math.Sqrt(want*(1-want)/n) {
			t.Errorf("%v: the first got %.3f, want %.3f", c, got, want)
		}
	}
}

func TestThompson(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		name       string
		candidates []abi.Candidate
		want       string
	}{
		{"one that is far better", believed([2]float64{950, 50}, [2]float64{500, 500}), "a"},
		{"one that is not known is tried", believed([2]float64{70, 30}, [2]float64{2.5, 2.5}), "ab"},
		{"no estimates", estimated([2]float64{nan, 1}, [2]float64{20, 0.1}, [2]float64{0, 1}, [2]float64{1e-9, 4}, [2]float64{0.1, nan}), "b"},
		{"no estimates at all", estimated([2]float64{nan, nan}, [2]float64{inf, 1}, [2]float64{-1, -1}), "abc"},
	} {
		if got := picks(Thompson{}, abi.Request{}, c.candidates); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	even(t, counted(Thompson{}, abi.Request{}, believed([2]float64{3, 2}, [2]float64{3, 2}, [2]float64{3, 2}), 30_000), 30_000, 3)
	even(t, counted(Thompson{}, abi.Request{}, estimated([2]float64{nan, 2}, [2]float64{3, -2}, [2]float64{}), 30_000), 30_000, 3)
}

// TestThompsonKnowsNoOrder: a candidate's draw is its own, wherever it stands.
func TestThompsonKnowsNoOrder(t *testing.T) {
	candidates := believed([2]float64{3, 2}, [2]float64{2, 2}, [2]float64{5, 3}, [2]float64{4, 3})
	turned := slices.Clone(candidates)
	slices.Reverse(turned)
	for seed := range uint64(2000) {
		q := abi.Request{Seed: seed}
		if a, b := candidates[Thompson{}.Pick(&q, candidates)].ID, turned[Thompson{}.Pick(&q, turned)].ID; a != b {
			t.Fatalf("seed %d: %s, the other way round %s", seed, a, b)
		}
	}
}

// TestThompsonFailsOverEvenly: when the one that was picked is out, the rest is picked from as if it had never been.
func TestThompsonFailsOverEvenly(t *testing.T) {
	candidates := believed([2]float64{30, 5}, [2]float64{6, 5}, [2]float64{4, 3})
	alone := counted(Thompson{}, abi.Request{}, candidates[1:], 20_000)
	second := map[string]int{}
	total := 0.0
	for i := range 20_000 {
		q := abi.Request{Seed: abi.SeedOf(fmt.Sprint(i))}
		if (Thompson{}).Pick(&q, candidates) == 0 {
			second[candidates[1:][Thompson{}.Pick(&q, candidates[1:])].ID]++
			total++
		}
	}
	if got, want := float64(second["b"])/total, float64(alone["b"])/20_000; math.Abs(got-want) > 0.03 {
		t.Errorf("b gets %.3f of what the first loses, want %.3f", got, want)
	}
}

func TestThompsonLearns(t *testing.T) {
	s := made(t, "llmrouter-thompson").(Thompson)
	w := newWorld(s, 1, 1, arm{ok: 1, ms: 1000, price: &abi.Price{}})
	q := abi.Request{NowMS: now, InputTokens: 500}
	if a, b := s.counts(&q, w.sums(0)); a != 2.5 || b != 2.5 {
		t.Errorf("of nothing: %v and %v", a, b)
	}
	e := w.answer(&q, 0)
	e.Outcome.DurationMS = 10_000 // worth 0.95
	s.Learn(w.own[0][0], &e)
	e.Failed = true
	s.Learn(w.own[0][0], &e)
	q.NowMS += 10_000
	a, b := s.counts(&q, w.sums(0))
	if math.Abs(a-2.5-0.95*0.99) > 1e-9 || math.Abs(b-2.5-0.05*0.99-1) > 1e-9 {
		t.Errorf("of a good and a bad one: %v and %v", a, b)
	}
	if got, want := s.Estimate(&q, w.sums(0)), beliefOf(a, b); got != [2]float64{want.mean, want.ratio} {
		t.Errorf("the estimate of %v and %v: %v", a, b, got)
	}
	q.NowMS += halfLifeMS
	if a, b := s.counts(&q, w.sums(0)); math.Abs(a+b-5-1.99/2) > 1e-6 {
		t.Errorf("an hour later: %v and %v", a, b)
	}
	for range 2000 {
		s.Learn(w.own[0][0], &e)
	}
	if got := w.own[0][0]; got[thompsonWorth] > 1e-6 || math.Abs(got[thompsonLack]-100) > 1e-3 {
		t.Errorf("after 2000 failures: %v", got)
	}
}

// TestThompsonFollows: see follows. In 60 other worlds the best got 961 of 1000 at least, and the others 67 to 246 of 21,600.
func TestThompsonFollows(t *testing.T) {
	follows(t, "llmrouter-thompson", floors{others: 20, toLearn: 1000, nextBest: 700})
}

// TestThompsonSaves: of two that never fail, the cheap one is worth more, unless cost has no weight.
func TestThompsonSaves(t *testing.T) {
	cheap, dear := &abi.Price{Input: 1e-7, Output: 4e-7}, &abi.Price{Input: 3e-6, Output: 15e-6}
	worlds(t, 20, 0, func(seed uint64) string {
		s := made(t, "llmrouter-thompson").(Thompson)
		w := newWorld(s, seed, 2, arm{ok: 1, ms: 900, price: dear}, arm{ok: 1, ms: 1000, price: cheap})
		w.run(1000, nil)
		if count := w.run(1000, nil); count[1] < 950 {
			return fmt.Sprint("the dear one got ", count[0])
		}
		s.Reward.Cost = 0
		w = newWorld(s, seed, 2, arm{ok: 1, ms: 900, price: dear}, arm{ok: 1, ms: 1000, price: cheap})
		if count := w.run(2000, nil); count[0] < 200 {
			return fmt.Sprint("without a weight of cost the dear one got ", count[0])
		}
		return ""
	})
}

func TestThompsonAddsUp(t *testing.T) {
	s := made(t, "llmrouter-thompson").(Thompson)
	mean := func(e [2]float64) float64 { return math.Exp(-e[0]) }
	addsUp(t, s, mean, 40, 0.02)
	addsUp(t, s, mean, 3000, 0.1)
	s.Decay = 1
	addsUp(t, s, firstOf, 3000, 1e-3)
	addsUp(t, s, secondOf, 3000, 1e-3)
}
