package doctor

import endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"

// lastEndpoint: "no healthy upstream" is never retried, a refused connection is.
var lastEndpoint = Check{
	ID: "last-endpoint", Severity: Warning,
	Says:  "A cluster has no refusing last endpoint: when its name does not resolve, the next deployment is not tried.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		for _, p := range x.subject.Proxies {
			var lacks []string
			for _, c := range p.upstreams() {
				if !refuses(c.Endpoints) {
					lacks = append(lacks, c.Where)
				}
			}
			if len(lacks) > 0 {
				x.find(some(lacks), "add 127.0.0.1 port 1 as an endpoint of the lowest priority", "there is no endpoint left when the name does not resolve, and Envoy does not retry that")
			}
		}
	},
}

// refuses tells whether an endpoint of a lower priority than the first is there to refuse.
func refuses(groups []*endpointv3.LocalityLbEndpoints) bool {
	for _, g := range groups {
		for _, e := range g.LbEndpoints {
			if a := e.GetEndpoint().GetAddress().GetSocketAddress(); g.Priority > 0 && refusing(a.GetAddress(), a.GetPortValue()) {
				return true
			}
		}
	}
	return false
}

// refusing is where nothing listens.
func refusing(host string, port uint32) bool { return loopback(host) && port == 1 }
