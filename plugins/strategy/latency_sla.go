package strategy

import (
	"math"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/signal"
)

// LatencySLA is "llmrouter-latency-sla": all deployments that keep a promise of latency share the load by weight, and those that
// break it get none. The promise is that of 100 answers percentile·100 come within p_latency_target_ms. For a stream the first
// event counts, for any other answer the whole of it, and each of the two has its own past. A failure that is the deployment's
// fault is late. Where all break the promise, the one whose percentile is lowest is taken.
//
// When to use it: a promise was given, and faster than promised is not better; deployments are to keep their weights while they
// can.
//
// A deployment of which fewer than five answers are known, or none for ten minutes, passes: so one that was slow is tried again.
// A percentile of few answers is much of an accident, so it is taken lower by 1.64 deviations of its rank, √(n·p·(1-p)): of
// deployments that just keep the promise one in twenty seems to break it, not one in two. Without that, one late answer among the
// first 19 would break a promise of 0.95.
//
// What it keeps are the counts of two histograms whose limits lie at the target times powers of √2, from a two-thousandth of it to
// 16 times: whether answers came within the target is exact, and the percentile itself is off by less than the factor √2. Counts
// add up over workers. A worker that counted max_latency_samples halves its counts before the next. Where the target is changed,
// what was counted before is taken for as much faster or slower until it is forgotten.
//
// Where the replaced system differs: it takes the first deployment of its list that passes, so that the others get nothing. It goes
// by the percentile as it is, of the newest max_latency_samples; a list does not add up over workers, a histogram does.
type LatencySLA struct {
	TargetMS   float64
	Percentile float64
	Samples    float64
}

var _ = register(&routing.Kind{
	Name: "llmrouter-latency-sla",
	Params: []routing.Param{
		number("p_latency_target_ms", 1, 3_600_000, 2000, "milliseconds within which answers are to come"),
		number("percentile", 0.01, 1, 0.95, "part of the answers that are to come within them"),
		whole("max_latency_samples", 10, 100_000, 256, "how many answers each worker counts before it halves its counts"),
	},
	New: func(a abi.Args) routing.Strategy {
		return LatencySLA{a.Number("p_latency_target_ms"), a.Number("percentile"), a.Number("max_latency_samples")}
	},
})

// The numbers it keeps: of whole answers, then of first events, the counts of answers by latency and when the newest came (see
// ageMS). The bucket slaTarget ends at the target, each other one is √2 times as far; the last has no end, and holds failures.
const (
	slaBuckets = 32
	slaTarget  = 22
	slaDated   = slaBuckets
	slaPart    = slaDated + 1
	slaSums    = 2 * slaPart
)

const (
	slaForgetMS = 600_000 // after so long without an answer, nothing is known
	slaKnown    = 5       // with fewer answers, neither
	slaCaution  = 1.64    // deviations
)

// slaPartOf returns the numbers for requests like this one.
func slaPartOf(q *abi.Request, sums []float64) []float64 {
	if q.Stream {
		return sums[slaPart:slaSums]
	}
	return sums[:slaPart]
}

func slaCount(part []float64) float64 {
	count := 0.0
	for _, n := range part[:slaBuckets] {
		count += n
	}
	return count
}

// Keep implements routing.Keeper.
func (LatencySLA) Keep() signal.Settings {
	keep := signal.DefaultSettings
	keep.Sums = slaSums
	return keep
}

// Learn implements routing.Learner.
func (s LatencySLA) Learn(own []float64, e *routing.Experience) {
	part, nowMS := slaPartOf(e.Request, own), endedMS(e)
	count := slaCount(part)
	newest := renewed(count, part[slaDated], nowMS)
	switch {
	case ageMS(count, part[slaDated], nowMS) > slaForgetMS:
		clear(part)
		count = 0
	case count >= s.Samples:
		for i := range slaBuckets {
			part[i] /= 2
		}
		count /= 2
	}
	part[s.bucket(e)]++
	part[slaDated] = (count + 1) * newest
}

// bucket returns where an answer is counted.
func (s LatencySLA) bucket(e *routing.Experience) int {
	if e.Failed {
		return slaBuckets - 1
	}
	steps := math.Ceil(2 * math.Log2(max(waitedMS(e), 1e-3)/s.TargetMS))
	return int(min(max(slaTarget+steps, 0), slaBuckets-1))
}

// Estimate implements routing.Learner: the percentile in milliseconds, and of how many answers it is; 0 of 0 where it is not known.
func (s LatencySLA) Estimate(q *abi.Request, sums []float64) [2]float64 {
	part := slaPartOf(q, sums)
	count := slaCount(part)
	if count >= 0 && count < slaKnown || ageMS(count, part[slaDated], q.NowMS) > slaForgetMS {
		return [2]float64{}
	}
	rank := count*s.Percentile - slaCaution*math.Sqrt(count*s.Percentile*(1-s.Percentile))
	rank -= 1e-9 * count // counts were halved and added up: they are not exact
	for i, n := range part[:slaBuckets] {
		if rank -= n; rank <= 0 && n > 0 {
			// As if a bucket's answers lay evenly between its limits, on their scale; above the lower one.
			steps := float64(i-slaTarget) + max(rank/n, -0.99)
			return [2]float64{s.TargetMS * math.Exp2(steps/2), count}
		}
	}
	return [2]float64{s.TargetMS * math.Exp2((slaBuckets-1-slaTarget)/2.), count}
}

// slaMost is what neither a percentile nor a count can be above.
const slaMost = 1e12

// Pick implements routing.Strategy.
func (s LatencySLA) Pick(r *abi.Request, candidates []abi.Candidate) int {
	keeps := func(i int) bool {
		e := &candidates[i].Signals.Estimate
		return e[0] >= 0 && e[0] <= slaMost && e[1] >= 0 && e[1] <= slaMost && (e[1] < slaKnown || e[0] <= s.TargetMS)
	}
	for i := range candidates {
		if keeps(i) {
			return shuffleAmong(r, candidates, keeps)
		}
	}
	return lowest(r, len(candidates), 0, func(i int) float64 {
		e := &candidates[i].Signals.Estimate
		if !(e[0] > 0 && e[0] <= slaMost && e[1] >= 0 && e[1] <= slaMost) {
			return math.Inf(1) // no estimate
		}
		return e[0]
	})
}
