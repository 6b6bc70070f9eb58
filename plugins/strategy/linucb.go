package strategy

import (
	"math"
	"slices"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/signal"
)

// LinUCB is "llmrouter-linucb", a contextual bandit: from what each deployment's answers to requests of each kind were worth (see
// Reward) it learns which is best for which, and takes the one that may be best: the highest expected worth and alpha times the
// deviation of that expectation. The less is known of a deployment for requests like this one, the larger the deviation is.
//
// When to use it: deployments of which one is better for long prompts, another for short ones, or one for tool calls. It goes by
//
//	1, ln(1+input tokens) / ln(1+1,000,000), stream, needs function calling, asks for reasoning, how agentic (0 to 1)
//
// and takes a deployment's worth to be a sum of these, each with a weight of its own. Answers under way are not known yet: at a
// high load all requests of one kind go to one deployment until the next answers have come. Where that hurts there is
// "llmrouter-thompson".
//
// The formula is that of Li, Chu, Langford and Schapire 2010, algorithm 1 (disjoint models): with A = I + Σxxᵀ and b = Σworth·x
// of a deployment, the expectation is xᵀA⁻¹b and its deviation √(xᵀA⁻¹x). The sums are kept, and add up over workers. With each
// answer what a worker has is multiplied by 0.999, and it halves in an hour without news, so that it follows what changes. With
// nothing learned all deployments are equal, and the request's seed chooses.
//
// Where the replaced system differs: its reward is a score that somebody sends back later; here every answer is rewarded. Its
// features are the length of the prompt, three names of profiles, and in which of tenant_buckets the tenant's hash lies; a request
// here has no tenant, so there is no such argument. It never forgets. It draws by a seed of its own.
type LinUCB struct {
	Reward Reward
	Alpha  float64
}

var _ = register(&routing.Kind{
	Name: "llmrouter-linucb",
	Params: slices.Concat([]routing.Param{
		number("alpha", 0, 10, 1, "by how many deviations above its expected worth a deployment is judged; 0: none is tried"),
	}, rewardParams),
	Rules: rewardRules,
	New:   func(a abi.Args) routing.Strategy { return LinUCB{rewardOf(a), a.Number("alpha")} },
})

// features is how many numbers describe a request.
const features = 6

// The numbers it keeps: the upper triangle of Σxxᵀ by rows, Σworth·x, and when the newest came (see ageMS). As the first
// feature is 1, the first of them is the number of answers.
const (
	linucbWorth = features * (features + 1) / 2
	linucbDated = linucbWorth + features
	linucbSums  = linucbDated + 1
)

// linucbDecay is what an answer counts beside the next one.
const linucbDecay = 0.999

// describe returns a request's features, each between 0 and 1.
func describe(q *abi.Request) [features]float64 {
	return [features]float64{
		1,
		min(math.Log1p(max(float64(q.InputTokens), 0))/math.Log1p(1e6), 1),
		oneIf(q.Stream),
		oneIf(slices.Contains(q.Needs, abi.NeedTools)),
		oneIf(q.Reasoning),
		min(max(q.Agentic, 0), 1),
	}
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// Keep implements routing.Keeper.
func (LinUCB) Keep() signal.Settings {
	keep := signal.DefaultSettings
	keep.Sums = linucbSums
	return keep
}

// Learn implements routing.Learner.
func (s LinUCB) Learn(own []float64, e *routing.Experience) {
	nowMS := endedMS(e)
	keep, newest := linucbDecay*fading(own[0], own[linucbDated], nowMS), renewed(own[0], own[linucbDated], nowMS)
	for i := range own {
		own[i] *= keep
	}
	x, worth := describe(e.Request), s.Reward.Of(e)
	at := 0
	for i := range x {
		for _, v := range x[i:] {
			own[at] += x[i] * v
			at++
		}
		own[linucbWorth+i] += worth * x[i]
	}
	own[linucbDated] = own[0] * newest
}

// Estimate implements routing.Learner: the expected worth, and its deviation.
func (LinUCB) Estimate(q *abi.Request, sums []float64) [2]float64 {
	x := describe(q)
	return regress((*[linucbSums]float64)(sums), fading(sums[0], sums[linucbDated], q.NowMS), &x)
}

// What an estimate can be: the deviation is at most |x|, which is at most √features, and the expectation of a worth between 0 and 1
// is, for a request unlike all before, not far from there.
const mostMean, mostDeviation = 100, 2.5

// Pick implements routing.Strategy.
func (s LinUCB) Pick(r *abi.Request, candidates []abi.Candidate) int {
	return highest(r, len(candidates), func(i int) float64 {
		mean, deviation := candidates[i].Signals.Estimate[0], candidates[i].Signals.Estimate[1]
		if !(math.Abs(mean) <= mostMean && deviation >= 0 && deviation <= mostDeviation) {
			return math.Inf(-1) // no estimate
		}
		return mean + s.Alpha*deviation
	})
}

// Detects implements routing.Detecting.
func (LinUCB) Detects() {}
