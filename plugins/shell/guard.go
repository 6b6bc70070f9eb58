package shell

import (
	"strconv"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/dialect"
)

// guard is the role breaker for one request, for people who route in Envoy themselves: one breaker per cluster, fed by
// the status of its answers.
type guard struct {
	types.DefaultHttpContext
	plugin  *plugin
	cluster string
	probeMS int64
	status  int
	refused bool

	retryAfterMS int64
}

// OnHttpRequestHeaders implements types.HttpContext.
func (g *guard) OnHttpRequestHeaders(int, bool) (action types.Action) {
	defer rescue("guarded headers", &action)
	name, err := proxywasm.GetProperty([]string{"xds", "cluster_name"})
	if err != nil {
		return types.ActionContinue // no route yet: nothing to guard
	}
	g.cluster = string(name)
	now, policy := nowMS(), g.plugin.config.Breaker
	circuit := g.plugin.board.Circuits().Find(g.cluster)
	if circuit == nil || !policy.Enabled {
		return types.ActionContinue
	}
	if g.plugin.board.Probe(g.cluster, policy, now) {
		g.probeMS = now
		return types.ActionContinue
	}
	g.refused = true
	wait := max(circuit.UntilMS-now, 1000)
	reply(503, jsonType, []byte(`{"error":{"message":"The upstream is failing and paused.","type":"api_error","param":null,"code":"breaker_open"}}`),
		[2]string{"retry-after", seconds(int(wait))})
	return types.ActionPause
}

// OnHttpResponseHeaders implements types.HttpContext.
func (g *guard) OnHttpResponseHeaders(int, bool) (action types.Action) {
	defer rescue("guarded answer", &action)
	status, err := proxywasm.GetHttpResponseHeader(":status")
	must("read the status", err)
	g.status, err = strconv.Atoi(status)
	must("read the status", err)
	if g.status == 429 || g.status >= 500 {
		g.retryAfterMS = dialect.PauseMS(g.status, func(name string) string {
			value, err := proxywasm.GetHttpResponseHeader(name)
			if err != nil {
				return ""
			}
			return value
		}, nowMS())
	}
	return types.ActionContinue
}

// OnHttpStreamDone implements types.HttpContext.
func (g *guard) OnHttpStreamDone() {
	defer rescue("guarded end", nil)
	if g.cluster == "" || g.refused {
		return
	}
	now := nowMS()
	ended := breaker.Attempt{Class: g.class(), RetryAfterMS: g.retryAfterMS, ProbeMS: g.probeMS, NowMS: now, Seed: uint64(now)}
	if e, ok := g.plugin.memory.Record(g.cluster, g.plugin.config.Breaker, ended); ok {
		g.plugin.meter.transitions([]breaker.Event{e}, now)
	}
}

func (g *guard) class() abi.Class {
	flags := responseFlags()
	switch {
	case flags&flagsNobody != 0:
		return abi.ClassCancelled
	case flags&flagUpstreamConnect != 0 || g.status == 0:
		return abi.ClassConnect
	case g.status == 429:
		return abi.ClassRateLimited
	case g.status >= 500 || g.status == 408:
		return abi.ClassServerError
	case g.status >= 400:
		return abi.ClassClientError
	}
	return abi.ClassOK
}
