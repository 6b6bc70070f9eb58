package doctor

import "slices"

// staleRevision: the proxy runs something else than the source has.
var staleRevision = Check{
	ID: "stale-revision", Severity: Error,
	Says:  "The revision that Envoy's configuration holds is not that of the source.",
	Needs: []Part{PartProxy, PartSource},
	look: func(x *examination) {
		x.routers(func(_ *Proxy, _ *Manager, r *Plugin) {
			s := x.subject.Source
			if !slices.Contains(s.Revisions, r.Revision) {
				x.find(r.Where, "render again and start Envoy with it; with an agent: wait a minute, then read its /config/status",
					"it holds revision %q, %s has revision %q", r.Revision, s.Origin, s.Config.Revision)
			}
		})
	},
}
