package doctor

import routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"

// routeTimeout: the module's deadline header rules; the route's own timeout cuts long answers.
var routeTimeout = Check{
	ID: "route-timeout", Severity: Error,
	Says:  "A route has a timeout other than 0s: it cuts answers whatever the deployment allows.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		actions(x, func(where string, a *routev3.RouteAction, _ *routev3.RetryPolicy) {
			const do = "set timeout: 0s; the module sets each request's deadline"
			switch {
			case a.Timeout == nil:
				x.find(where, do, "the route says no timeout, so Envoy cuts answers after 15s")
			case a.Timeout.AsDuration() != 0:
				x.find(where, do, "the route cuts answers after %s", a.Timeout.AsDuration())
			}
		})
	},
}
