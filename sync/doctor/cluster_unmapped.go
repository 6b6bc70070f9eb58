package doctor

import routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"

// clusterUnmapped: the route maps what the module names to a cluster; a name it does not know goes nowhere.
var clusterUnmapped = Check{
	ID: "cluster-unmapped", Severity: Error,
	Says:  "A route's matcher does not know a cluster that the document names.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		routes(x, func(_ *Manager, r *Plugin, _ *VirtualHost, where string, route *routev3.Route) {
			known := nextOf(route.GetRoute())
			if known == nil {
				return // route-cluster tells of it
			}
			var lacks []string
			for _, name := range clusterNames(r) {
				if !known[name] {
					lacks = append(lacks, name)
				}
			}
			if len(lacks) > 0 {
				x.find(where+".route", "render again, or add them to the route's exact_match_map", "requests for these clusters are answered 503, the route does not know them: %s", some(lacks))
			}
		})
	},
}
