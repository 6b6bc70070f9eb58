package routing

import "github.com/routeiq/routeiq/abi"

// Polling is a Strategy that goes by gauges of inference servers, which are found at a path of each deployment's own server.
type Polling interface{ MetricsPath() string }

// Poll is a server that is to be asked for its gauges.
type Poll struct {
	Deployment *abi.Deployment
	Path       string
}

// Polls returns the servers whose gauges this worker is to read: each of a proxy's workers reads its part, and the others hear of it.
func (r *Router) Polls(nowMS int64) []Poll {
	var polls []Poll
	for i, p := range r.polled {
		if r.memory.Worker.Mine(i, nowMS) {
			polls = append(polls, p)
		}
	}
	return polls
}

// Gauge remembers what a server said of itself.
func (r *Router) Gauge(p Poll, cacheUsage, waiting float64, nowMS int64) {
	r.records[p.Deployment.ID].Gauge(cacheUsage, waiting, nowMS)
}

// findPolled lists the servers that some worker must ask.
func (r *Router) findPolled() {
	for i := range r.config.Groups {
		g := r.groups[r.config.Groups[i].Name]
		s, ok := g.strategy.(Polling)
		if !ok {
			continue
		}
		for _, d := range g.deployments {
			if d.Unconfigured == "" && d.Mock == nil {
				r.polled = append(r.polled, Poll{d, s.MetricsPath()})
			}
		}
	}
}
