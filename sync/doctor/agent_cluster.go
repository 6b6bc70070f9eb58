package doctor

import "github.com/routeiq/routeiq/abi"

// agentCluster: the module can report only to a cluster that is there.
var agentCluster = Check{
	ID: "agent-cluster", Severity: Error,
	Says:  "The document tells the module to report to the agent, and there is no cluster routeiq_agent.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		x.routers(func(p *Proxy, _ *Manager, r *Plugin) {
			if r.Config != nil && r.Config.ReportMS > 0 && p.cluster(abi.AgentCluster) == nil {
				x.find(r.Where, "use the bootstrap that `routeiq-agent bootstrap` prints, which has it", "no report arrives: the agent takes every revision for one that does not start, and puts the last one back")
			}
		})
	},
}
