package doctor

import "github.com/routeiq/routeiq/abi"

// adapterMissing: the adapter makes an attempt fit its deployment, and takes off the key of the one before.
var adapterMissing = Check{
	ID: "adapter-missing", Severity: Error,
	Says:  "There is a router plugin and no adapter plugin for its attempts.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		x.routers(func(p *Proxy, m *Manager, _ *Plugin) {
			const what = "attempts have no adapter: model, path and key of a request stay the client's"
			const do = "add the module with root_id adapter as the first of upstream_http_filters of Envoy's router filter"
			var lacks []string
			upstreams := p.upstreams()
			for _, c := range upstreams {
				if withRole(attemptsAt(m, c), abi.RoleAdapter) == nil {
					lacks = append(lacks, c.Where)
				}
			}
			switch {
			case len(upstreams) == 0 && withRole(m.Attempts, abi.RoleAdapter) == nil, len(lacks) > 0 && len(lacks) == len(upstreams):
				x.find(m.Where, do, what)
			case len(lacks) > 0:
				x.find(some(lacks), do, what)
			}
		})
	},
}

// attemptsAt returns the filters that attempts at a cluster pass: where it has its own, they take the place of the manager's.
func attemptsAt(m *Manager, c *Cluster) []*Filter {
	if len(c.Filters) > 0 {
		return c.Filters
	}
	return m.Attempts
}

// attemptsOf returns all lists of filters that attempts of a manager pass, each once.
func attemptsOf(p *Proxy, m *Manager) [][]*Filter {
	var lists [][]*Filter
	upstreams := p.upstreams()
	shared := len(upstreams) == 0
	for _, c := range upstreams {
		if len(c.Filters) > 0 {
			lists = append(lists, c.Filters)
		} else {
			shared = true
		}
	}
	if shared && len(m.Attempts) > 0 {
		lists = append(lists, m.Attempts)
	}
	return lists
}
