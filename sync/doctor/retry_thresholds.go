package doctor

import (
	"fmt"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// fewRetries: Envoy allows 3 at a time where nothing is said. With a dead first deployment 98 % of requests failed at 64
// connections; so many at a time are no limit that was meant.
const fewRetries = 1000

// retryThresholds: Envoy's own circuit breakers stand in the way of failover.
var retryThresholds = Check{
	ID: "retry-thresholds", Severity: Error,
	Says:  "A cluster's circuit_breakers allow few retries at a time (Envoy's default is 3): under load failover stops.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		for _, p := range x.subject.Proxies {
			var few, rest []string
			for _, c := range p.upstreams() {
				switch limit, other := limits(c.Cluster); {
				case limit < fewRetries:
					few = append(few, fmt.Sprintf("%s (%d)", c.Where, limit))
				case other < fewRetries*2: // the default of the others is 1024
					rest = append(rest, c.Where)
				}
			}
			const do = "set max_connections, max_pending_requests, max_requests and max_retries to 100000 in circuit_breakers.thresholds"
			if len(few) > 0 {
				x.find(some(few), do, "few retries at a time are allowed: under load a failed attempt is not followed by the next")
			}
			if len(rest) > 0 {
				x.findAs(Warning, some(rest), do, "Envoy allows about 1024 requests or connections at a time there and answers 503 above")
			}
		}
	},
}

// limits returns how many retries a cluster allows at a time, and the least of its other limits.
func limits(c *clusterv3.Cluster) (retries, others uint32) {
	or := func(v *wrapperspb.UInt32Value, otherwise uint32) uint32 {
		if v == nil {
			return otherwise
		}
		return v.Value
	}
	for _, t := range c.GetCircuitBreakers().GetThresholds() {
		if t.Priority != corev3.RoutingPriority_DEFAULT {
			continue // no route of ours has the other
		}
		retries = or(t.MaxRetries, 3)
		if t.RetryBudget != nil {
			retries = or(t.RetryBudget.MinRetryConcurrency, 3)
		}
		return retries, min(or(t.MaxConnections, 1024), or(t.MaxPendingRequests, 1024), or(t.MaxRequests, 1024))
	}
	return 3, 1024
}
