package strategy

import (
	"math"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/signal"
)

// LowestLatency is LiteLLM's "latency-based-routing": the deployment that answered fastest lately, in time per output token;
// for a stream, the one whose first event came soonest. A deployment of which nothing is known, or nothing for ttl, is
// tried first, by one request at a time. Those within lowest_latency_buffer of the fastest share the load. A timeout counts as
// 1,000 seconds.
//
// When to use it: several providers or regions of one model, for people who wait. A provider that was slow is not asked again
// before its latencies are older than ttl, LiteLLM's hour: state a minute or two where providers recover sooner. It knows nothing of
// load: where the fastest is slowed down by what it gets, take least-busy.
//
// Where LiteLLM 1.81 differs: its list keeps the oldest values when it is full, and only the newest changes; a stream's first
// event is divided by the number of output tokens, and its average by the number of answers; every request goes to a deployment
// that is not known until its first answer has come. None of that is meant, and none is here.
type LowestLatency struct {
	Buffer float64 // of the lowest
	List   int     // newest answers that count
	TTLMS  float64
}

var _ = register(&routing.Kind{
	Name: "latency-based-routing",
	Params: []routing.Param{
		number("ttl", 1, 86_400*7, 3600, "seconds a latency counts"),
		number("lowest_latency_buffer", 0, 100, 0, "by so much of the lowest latency others may be above it and share the load"),
		whole("max_latency_list_size", 1, 100, 10, "how many of the newest answers count"),
	},
	New: func(a abi.Args) routing.Strategy {
		return LowestLatency{a.Number("lowest_latency_buffer"), int(a.Number("max_latency_list_size")), a.Number("ttl") * 1000}
	},
})

// Needs implements routing.Informed.
func (LowestLatency) Needs() abi.SignalSet { return abi.SignalLatency | abi.SignalInFlight }

// Keep implements routing.Keeper.
func (s LowestLatency) Keep() signal.Settings { return signal.Settings{List: s.List, TTLMS: s.TTLMS} }

// Pick implements routing.Strategy.
func (s LowestLatency) Pick(r *abi.Request, candidates []abi.Candidate) int {
	return lowest(r, len(candidates), s.Buffer, func(i int) float64 {
		known := candidates[i].Signals.Latency
		if r.Stream {
			known = candidates[i].Signals.First
		}
		switch {
		case known.Known(r.NowMS, s.TTLMS):
			return known.Value
		case candidates[i].Signals.InFlight > 0:
			return math.Inf(1) // one finds out
		}
		return 0
	})
}
