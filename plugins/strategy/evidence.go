package strategy

import (
	"math"

	"github.com/routeiq/routeiq/plugins/routing"
)

// What strategies that learn do with time. A deployment that is not chosen gives no news: what was learned of it must be worth
// less as it gets older, or one that was bad for a while would never be tried again.

// halfLifeMS is the time without news in which evidence comes to count half: LiteLLM forgets a latency after as long.
const halfLifeMS = 3_600_000

// endedMS is when an attempt ended, in Unix milliseconds.
func endedMS(e *routing.Experience) int64 { return e.Request.NowMS + e.Outcome.DurationMS }

// ageMS is how long ago the newest evidence came; 0 where there is none. Evidence is dated by its weight times that moment, which
// adds up over workers as the weight does: of all workers it is the mean, each worker's moment counted by the weight of what it
// knows. So a worker that gets no more requests makes what all know look older than it is, and deployments are tried more often
// than they had to be.
func ageMS(weight, dated float64, nowMS int64) float64 {
	if !(weight > 0) {
		return 0
	}
	return max(float64(nowMS)-dated/weight, 0)
}

// fading returns the part of evidence that still counts.
func fading(weight, dated float64, nowMS int64) float64 {
	return math.Exp2(-ageMS(weight, dated, nowMS) / halfLifeMS)
}

// renewed returns the moment of the newest evidence when more has come. An attempt may be told of late: moments do not go back.
func renewed(weight, dated float64, nowMS int64) float64 {
	if !(weight > 0) {
		return float64(nowMS)
	}
	return max(float64(nowMS), dated/weight)
}
