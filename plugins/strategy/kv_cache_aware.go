package strategy

import (
	"cmp"
	"errors"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// KVCacheAware is "llmrouter-kv-cache-aware" of the replaced system: of inference servers, the one whose key-value cache is
// emptiest and whose queue is shortest: kv_cache_usage_weight times the part of the cache in use, plus waiting_queue_weight
// times the number of requests that wait. Of several, one by chance. A server whose gauges were never read, or not within
// max_age_seconds, is taken only when nothing is known of any; then the one with the fewest attempts under way.
//
// When to use it: several servers of vLLM or a like engine, whose memory decides how many requests they can run at a time.
//
// It needs the gauges, which are not read here: they come from each server's metrics page, at engine_metrics_path. The original's
// engine_metrics_url names one page, and each of several servers has its own.
type KVCacheAware struct {
	Cache, Queue float64 // weights
	MaxAgeMS     float64
	Path         string // of a server's metrics page
}

// metricsPath is where vLLM and SGLang show their metrics.
const metricsPath = "/metrics"

var _ = register(&routing.Kind{
	Name: "llmrouter-kv-cache-aware",
	Params: []routing.Param{
		number("kv_cache_usage_weight", 0, unbounded, 1, "how much the part of a server's key-value cache that is in use counts"),
		number("waiting_queue_weight", 0, unbounded, 0.1, "how much each request in a server's queue counts"),
		number("max_age_seconds", 1, 3600, 15, "seconds a gauge counts"),
		text("engine_metrics_path", "the path of a server's metrics page; "+metricsPath+" where none is given"),
	},
	Rules: func(a abi.Args) []error {
		if path := a.Text("engine_metrics_path"); path != "" && !strings.HasPrefix(path, "/") {
			return []error{errors.New("engine_metrics_path: is " + strconv.Quote(path) + ", expected a path that begins with /")}
		}
		return nil
	},
	New: func(a abi.Args) routing.Strategy {
		return KVCacheAware{
			Cache: a.Number("kv_cache_usage_weight"), Queue: a.Number("waiting_queue_weight"),
			MaxAgeMS: a.Number("max_age_seconds") * 1000, Path: cmp.Or(a.Text("engine_metrics_path"), metricsPath),
		}
	},
})

// Needs implements routing.Informed.
func (KVCacheAware) Needs() abi.SignalSet { return abi.SignalGauges | abi.SignalInFlight }

// MetricsPath is where a deployment's server shows its gauges, for whoever reads them.
func (s KVCacheAware) MetricsPath() string { return s.Path }

// Pick implements routing.Strategy.
func (s KVCacheAware) Pick(r *abi.Request, candidates []abi.Candidate) int {
	known := func(i int) bool {
		at := candidates[i].Signals.GaugesMS
		return at > 0 && float64(r.NowMS-at) <= s.MaxAgeMS
	}
	for i := range candidates {
		if known(i) {
			return lowestAmong(r, len(candidates), known, func(i int) float64 {
				return s.Cache*candidates[i].Signals.CacheUsage + s.Queue*candidates[i].Signals.Waiting
			})
		}
	}
	return LeastBusy{}.Pick(r, candidates)
}
