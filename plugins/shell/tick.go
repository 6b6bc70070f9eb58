package shell

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/worker"
)

// watchMS is how often streams that may stall are looked at: by so much a stall's deadline may be longer than stated.
const watchMS = 100

// startTicks asks for ticks as often as the document needs them: not at all, for most.
func (p *plugin) startTicks() {
	period := uint32(0)
	if p.beats() {
		period = worker.BeatMS
	}
	if watches(p.config) {
		period = watchMS
	}
	if period > 0 {
		must("ask for ticks", proxywasm.SetTickPeriodMilliSeconds(period))
	}
}

// beats tells whether something is counted over all workers, or told of each.
func (p *plugin) beats() bool {
	if p.router == nil {
		return p.config.Breaker.FailurePercent > 0
	}
	return p.router.NeedsTick() || p.config.ReportMS > 0
}

// watches tells whether some stream may have to be ended.
func watches(c *abi.Config) bool {
	for i := range c.Groups {
		for n := range c.Groups[i].Deployments {
			if c.Groups[i].Deployments[n].StallTimeoutMS > 0 {
				return true
			}
		}
	}
	return false
}

// OnTick implements types.PluginContext.
func (p *plugin) OnTick() {
	defer rescue("a tick", nil)
	now := nowMS()
	if p.beats() && now-p.beatMS >= worker.BeatMS-watchMS/2 { // a tick may come a little early, and must not wait for the next
		p.beatMS = now
		p.memory.Tick(now)
		p.poll(now)
	}
	if p.router == nil {
		return
	}
	p.report.tick(p, now)
	for _, s := range p.streams {
		if s.router == p.router {
			s.watch(now)
		}
	}
}

// watch ends the answer that is on its way to the client and has stalled. It acts on the router's context alone: that of an
// adapter may be of an attempt which Envoy has given up in this very turn of its event loop, and is not to be touched then.
func (s *stream) watch(now int64) {
	if !s.answered || s.stalled {
		return
	}
	p, limit := s.last(), int64(s.attempt().Deployment.StallTimeoutMS)
	if p.done || limit == 0 || p.heardMS == 0 || now-p.heardMS < limit {
		return
	}
	if err := proxywasm.SetEffectiveContext(s.id); err != nil {
		return // it is about to end
	}
	s.stalled = true
	closeStream()
}
