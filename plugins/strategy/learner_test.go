package strategy

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// What all strategies that learn are tested with: a small world of deployments whose answers are drawn by chance.

// arm is a deployment as it really is.
type arm struct {
	ok    float64 // chance of an answer
	ms    float64 // median time of an answer, with a deviation of 0.3 in its logarithm
	price *abi.Price
	share float64
	// than overrides ok for requests it knows; nil: for none.
	than func(q *abi.Request) (ok float64, yes bool)
}

// world is a proxy with a group of arms, named "a", "b", …, which a learner chooses among.
type world struct {
	learner routing.Strategy
	arms    []arm
	own     [][][]float64 // numbers by worker and arm
	rng     *rand.Rand
	nowMS   int64
	stepMS  int64
	asked   int
	seed    uint64
}

func newWorld(s routing.Strategy, seed uint64, workers int, arms ...arm) *world {
	w := &world{learner: s, arms: arms, rng: rand.New(rand.NewPCG(seed, 1)), nowMS: now, stepMS: 1000, seed: seed}
	for range workers {
		var own [][]float64
		for range arms {
			own = append(own, make([]float64, w.teacher().Keep().Sums))
		}
		w.own = append(w.own, own)
	}
	return w
}

func (w *world) teacher() routing.Learner { return w.learner.(routing.Learner) }

// sums adds up what the workers know of an arm.
func (w *world) sums(arm int) []float64 {
	all := make([]float64, w.teacher().Keep().Sums)
	for _, own := range w.own {
		for i, v := range own[arm] {
			all[i] += v
		}
	}
	return all
}

// candidates returns all arms, with what is estimated of them for a request.
func (w *world) candidates(q *abi.Request) []abi.Candidate {
	candidates := make([]abi.Candidate, len(w.arms))
	for i, a := range w.arms {
		candidates[i] = abi.Candidate{
			Deployment: &abi.Deployment{ID: string(rune('a' + i)), Price: a.price, Share: a.share},
			Signals:    &abi.Signals{Estimate: w.teacher().Estimate(q, w.sums(i))},
		}
	}
	return candidates
}

// answer draws what becomes of a request at an arm.
func (w *world) answer(q *abi.Request, i int) routing.Experience {
	a := &w.arms[i]
	ok := a.ok
	if a.than != nil {
		if v, yes := a.than(q); yes {
			ok = v
		}
	}
	o := &abi.Outcome{Class: abi.ClassOK, Usage: abi.Usage{Input: q.InputTokens, Output: 500}}
	o.DurationMS = int64(a.ms * math.Exp(0.3*w.rng.NormFloat64()))
	o.FirstByteMS = o.DurationMS / 10
	failed := w.rng.Float64() >= ok
	if failed {
		o.Class, o.Usage = abi.ClassServerError, abi.Usage{}
	}
	return routing.Experience{Request: q, Deployment: &abi.Deployment{Price: a.price}, Outcome: o, Failed: failed}
}

// run makes n requests, one each step, by the workers in turn, and returns how many each arm got. vary may change one.
func (w *world) run(n int, vary func(q *abi.Request)) []int {
	count := make([]int, len(w.arms))
	for range n {
		w.nowMS += w.stepMS
		q := abi.Request{NowMS: w.nowMS, InputTokens: 500}
		q.Seed = abi.SeedOf(strconv.FormatUint(w.seed, 10) + "-" + strconv.Itoa(w.asked))
		if vary != nil {
			vary(&q)
		}
		i := w.learner.Pick(&q, w.candidates(&q))
		e := w.answer(&q, i)
		w.teacher().Learn(w.own[w.asked%len(w.own)][i], &e)
		w.asked++
		count[i]++
	}
	return count
}

// worlds runs a trial in many worlds, which differ in chance alone, and fails where more than so many of them fail.
func worlds(t *testing.T, n, mayFail int, trial func(seed uint64) string) {
	t.Helper()
	failed, first := 0, ""
	for seed := range uint64(n) {
		if message := trial(seed); message != "" {
			if failed++; first == "" {
				first = message
			}
		}
	}
	if failed > mayFail {
		t.Errorf("%d of %d worlds, at most %d may: %s", failed, n, mayFail, first)
	}
}

// learners are all strategies that learn.
func learners(t testing.TB) map[string]routing.Strategy {
	all := map[string]routing.Strategy{}
	for name := range Registry() {
		if s := made(t, name); isLearner(s) {
			all[name] = s
		}
	}
	return all
}

func isLearner(s routing.Strategy) bool {
	_, yes := s.(routing.Learner)
	return yes
}

// taught returns n candidates of which a learner learned ten answers each.
func taught(s routing.Strategy, n int) (*world, [][]float64, []abi.Candidate) {
	arms := make([]arm, n)
	for i := range arms {
		arms[i] = arm{ok: 0.9, ms: 1000 + float64(i), price: &abi.Price{Input: 1e-6, Output: 1e-6}, share: 1}
	}
	w := newWorld(s, 1, 1, arms...)
	q := abi.Request{NowMS: now, InputTokens: 500}
	var sums [][]float64
	for i := range arms {
		for range 10 {
			e := w.answer(&q, i)
			w.teacher().Learn(w.own[0][i], &e)
		}
		sums = append(sums, w.sums(i))
	}
	return w, sums, w.candidates(&q)
}

// TestLearnersAllocateNothing, neither of few candidates nor of many.
func TestLearnersAllocateNothing(t *testing.T) {
	for name, s := range learners(t) {
		w, sums, candidates := taught(s, 100)
		q := abi.Request{NowMS: now, InputTokens: 500, Needs: []string{abi.NeedTools}}
		e := w.answer(&q, 0)
		for what, f := range map[string]func(){
			"Estimate": func() { w.teacher().Estimate(&q, sums[0]) },
			"Learn":    func() { w.teacher().Learn(w.own[0][0], &e) },
			"Pick":     func() { s.Pick(&q, candidates) },
		} {
			if n := testing.AllocsPerRun(100, f); n != 0 {
				t.Errorf("%s: %s allocates %g times", name, what, n)
			}
		}
	}
}

// TestLearnersTakeAnySums: sums that are none of theirs make no learner panic; nor does what has no sum win against a deployment
// that is known to be good.
func TestLearnersTakeAnySums(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for name, s := range learners(t) {
		w, _, candidates := taught(s, 2)
		e := w.answer(&abi.Request{NowMS: now}, 0)
		sums := make([]float64, w.teacher().Keep().Sums)
		for range 3000 {
			for i := range sums {
				sums[i] = pickOf(rng, hostile...)
			}
			q := request(rng)
			candidates[0].Signals.Estimate = w.teacher().Estimate(&q, sums)
			s.Pick(&q, candidates)
			w.teacher().Learn(sums, &e)
		}
		q := abi.Request{NowMS: now, InputTokens: 500}
		for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1e300} {
			for i := range sums {
				sums[i] = v
			}
			candidates[0].Signals.Estimate = w.teacher().Estimate(&q, sums)
			if got := picks(s, q, candidates); got != "b" {
				t.Errorf("%s: sums of %g, which are %v: picked %s", name, v, candidates[0].Signals.Estimate, got)
			}
		}
	}
}

// TestLearnersRefuseWildEstimates: an estimate that no learning can give never wins against one that it can.
func TestLearnersRefuseWildEstimates(t *testing.T) {
	wild := []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1e300, 1e300, math.MaxFloat64, -math.MaxFloat64}
	for name, s := range learners(t) {
		_, _, candidates := taught(s, 2)
		good := candidates[1].Signals.Estimate
		for _, v := range wild {
			for _, e := range [][2]float64{{v, good[1]}, {good[0], v}, {v, v}, {v, 0}, {0, v}} {
				candidates[0].Signals.Estimate = e
				if got := picks(s, abi.Request{NowMS: now}, candidates); got != "b" {
					t.Errorf("%s: %v against %v: picked %s", name, e, good, got)
				}
			}
		}
	}
}

// addsUp compares what one worker learned of all answers with what four learned, each of some. As long as nothing is forgotten it
// is the same. Where the older is, each of the four remembers as much as the one, and so they know more: what they say of a
// deployment is the same, but for chance.
func addsUp(t *testing.T, s routing.Learner, what func(e [2]float64) float64, answers int, within float64) {
	t.Helper()
	one := newWorld(s.(routing.Strategy), 1, 1, arm{ok: 0.8, ms: 1500})
	four := newWorld(s.(routing.Strategy), 1, 4, arm{ok: 0.8, ms: 1500})
	rng := rand.New(rand.NewPCG(5, 6))
	q := abi.Request{NowMS: now + 1000, InputTokens: 700}
	for range answers {
		q := q
		q.NowMS -= int64(rng.IntN(1000))
		q.Reasoning = rng.IntN(2) == 0
		e := one.answer(&q, 0)
		s.Learn(one.own[0][0], &e)
		s.Learn(four.own[rng.IntN(4)][0], &e)
	}
	a, b := what(s.Estimate(&q, one.sums(0))), what(s.Estimate(&q, four.sums(0)))
	if math.Abs(a/b-1) > within {
		t.Errorf("after %d answers: one worker says %g, four say %g", answers, a, b)
	}
}

func firstOf(e [2]float64) float64  { return e[0] }
func secondOf(e [2]float64) float64 { return e[1] }

// BenchmarkLearners is what a request costs of candidates that are all known: their estimates, and the pick.
func BenchmarkLearners(b *testing.B) {
	for name, s := range learners(b) {
		for _, n := range []int{10, 100, 1000} {
			w, sums, candidates := taught(s, n)
			teacher := w.teacher()
			b.Run(name+"/"+strconv.Itoa(n), func(b *testing.B) {
				b.ReportAllocs()
				q := abi.Request{NowMS: now, InputTokens: 500}
				for b.Loop() {
					q.Seed++
					for i := range candidates {
						candidates[i].Signals.Estimate = teacher.Estimate(&q, sums[i])
					}
					s.Pick(&q, candidates)
				}
			})
		}
	}
}

// floors are what a bandit must reach in follows: picks of the others in six hours, and, when the best got bad, how many it has to
// learn that and how many of 1000 the next best gets then.
type floors struct{ others, toLearn, nextBest int }

// follows plays a bandit of three deployments in 20 worlds of four workers, of which none may fail: the best gets nine in ten at
// least, and the others are still tried; when it gets worse the next best has its place; when another one gets better that is found
// within a day.
func follows(t *testing.T, name string, least floors) {
	t.Helper()
	price := &abi.Price{Input: 1e-6, Output: 3e-6}
	worlds(t, 20, 0, func(seed uint64) string {
		w := newWorld(made(t, name), seed, 4,
			arm{ok: 0.95, ms: 2000, price: price}, arm{ok: 0.7, ms: 2000, price: price}, arm{ok: 0.4, ms: 2000, price: price})
		w.run(1000, nil)
		if count := w.run(1000, nil); count[0] < 900 {
			return fmt.Sprint("learned: ", count)
		}
		if count := w.run(6*3600, nil); count[1]+count[2] < least.others || count[0] < 21_000 {
			return fmt.Sprint("in six hours: ", count)
		}
		w.arms[0].ok = 0.3
		w.run(least.toLearn, nil)
		if count := w.run(1000, nil); count[1] < least.nextBest {
			return fmt.Sprint("the best got bad: ", count)
		}
		w.arms[2].ok = 1
		w.stepMS = 20_000
		w.run(86_400/20, nil)
		if count := w.run(1000, nil); count[2] < 850 {
			return fmt.Sprint("the worst got good: ", count)
		}
		return ""
	})
}
