package doctor

import "slices"

// agentFailing: the agent itself says what step of its work failed last, and what it published.
var agentFailing = Check{
	ID: "agent-failing", Severity: Error,
	Says:  "The agent says that a step failed, or runs another revision than the source has or Envoy runs.",
	Needs: []Part{PartAgent},
	look: func(x *examination) {
		a := x.subject.Agent
		if a.Failure != "" {
			x.find(a.Origin, "correct what it names; what ran before goes on running", "the agent's last error: %s", cut(a.Failure, 300))
		}
		if s := x.subject.Source; s != nil && !slices.Contains(s.Revisions, a.Revision) {
			x.find(a.Origin, "wait for its next look at the source, or POST /config/reload; it may hold the revision back after a rollback",
				"the agent publishes revision %q, %s has revision %q", a.Revision, s.Origin, s.Config.Revision)
		}
		x.routers(func(_ *Proxy, _ *Manager, r *Plugin) {
			if r.Revision != a.Revision && x.subject.Source == nil { // with a source, stale-revision tells of it
				x.find(r.Where, "look at the node's state in the agent's /config/status: it may have refused the revision or lost its connection",
					"it holds revision %q, the agent publishes revision %q", r.Revision, a.Revision)
			}
		})
	},
}
