package doctor

import "slices"

// databaseRevision: what the agents agreed on is what Envoy should run.
var databaseRevision = Check{
	ID: "database-revision", Severity: Warning,
	Says:  "The revision that is active in the database is not the one Envoy's configuration holds.",
	Needs: []Part{PartProxy, PartDatabase},
	look: func(x *examination) {
		d := x.subject.Database
		x.routers(func(_ *Proxy, _ *Manager, r *Plugin) {
			if len(d.Active) > 0 && !slices.Contains(d.Active, r.Revision) {
				x.find(r.Where, "look at the node's state in the agent's /config/status", "it holds revision %q, in %s revision %q is active", r.Revision, d.Origin, d.Active[0])
			}
		})
	},
}
