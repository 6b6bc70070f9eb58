package shell

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

	"github.com/routeiq/routeiq/plugins/engine"
	"github.com/routeiq/routeiq/plugins/routing"
)

// pollDeadlineMS is how long an inference server may take to say how full it is: less than a beat, so that calls do not pile up.
const pollDeadlineMS = 900

// poll asks inference servers for their gauges, at the address they serve models on, without a key: what vLLM tells there it
// tells everybody.
func (p *plugin) poll(now int64) {
	if p.router == nil {
		return
	}
	for _, one := range p.router.Polls(now) {
		headers := [][2]string{{":method", "GET"}, {":path", one.Path}, {":authority", one.Deployment.Authority}}
		_, err := proxywasm.DispatchHttpCall(one.Deployment.Cluster, headers, nil, nil, pollDeadlineMS, func(_, size, _ int) { p.gauges(one, size) })
		if err != nil {
			proxywasm.LogWarn("routeiq: " + one.Deployment.ID + " cannot be asked for its gauges: " + err.Error())
		}
	}
}

// gauges reads a server's answer. What is no page of metrics leaves what is known to grow old.
func (p *plugin) gauges(one routing.Poll, size int) {
	defer rescue("gauges", nil)
	page, err := proxywasm.GetHttpCallResponseBody(0, size)
	if err != nil {
		return
	}
	if g, ok := engine.Parse(page); ok {
		p.router.Gauge(one, g.CacheUsage, g.Waiting, nowMS())
	}
}
