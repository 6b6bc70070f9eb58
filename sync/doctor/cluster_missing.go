package doctor

// clusterMissing: an attempt whose cluster is not there is answered 503.
var clusterMissing = Check{
	ID: "cluster-missing", Severity: Error,
	Says:  "The document names a cluster that Envoy does not have.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		x.routers(func(p *Proxy, _ *Manager, r *Plugin) {
			var lacks []string
			for _, name := range clusterNames(r) {
				if p.cluster(name) == nil {
					lacks = append(lacks, name)
				}
			}
			if len(lacks) > 0 {
				x.find(r.Where, "render again, or add the clusters; with an agent: look whether Envoy refused them", "the document names clusters that are not there: %s", some(lacks))
			}
		})
	},
}

// clusterNames returns the clusters that usable deployments of a document name, each once, in its order.
func clusterNames(r *Plugin) []string {
	var names []string
	seen := map[string]bool{}
	for _, d := range usable(r.Config) {
		if !seen[d.Cluster] {
			seen[d.Cluster] = true
			names = append(names, d.Cluster)
		}
	}
	return names
}
