package doctor

import (
	"strconv"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
)

// defaultBuffer is what Envoy holds of a body where nothing is said: the listener's buffer limit.
const defaultBuffer = 1 << 20

// bodyLimit: Envoy must be able to hold what the document allows clients to send.
var bodyLimit = Check{
	ID: "body-limit", Severity: Error,
	Says:  "Envoy holds less of a body than the document's max_body_bytes: larger requests are answered 413 by Envoy.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		routes(x, func(m *Manager, r *Plugin, h *VirtualHost, where string, route *routev3.Route) {
			if r.Config == nil {
				return // its document is told of
			}
			holds, said := uint64(defaultBuffer), "says nothing, so Envoy holds"
			//lint:ignore SA1019 files that people wrote have the old field
			old, oldHost := route.PerRequestBufferLimitBytes, h.PerRequestBufferLimitBytes
			switch {
			case route.RequestBodyBufferLimit != nil:
				holds, said = route.RequestBodyBufferLimit.Value, "lets Envoy hold"
			case old != nil:
				holds, said = uint64(old.Value), "lets Envoy hold"
			case h.RequestBodyBufferLimit != nil:
				holds, said = h.RequestBodyBufferLimit.Value, "lets Envoy hold"
			case oldHost != nil:
				holds, said = uint64(oldHost.Value), "lets Envoy hold"
			}
			if limit := r.Config.Limits.MaxBodyBytes; holds < uint64(limit) {
				x.find(where, "set request_body_buffer_limit in the virtual host to max_body_bytes and 1 MiB more", "the route %s %d bytes of a body, and the document allows %d", said, holds, limit)
			}
		})
	},
}

// routes calls look with every route of every manager that has the role router, but those that answer by themselves.
func routes(x *examination, look func(m *Manager, r *Plugin, h *VirtualHost, where string, route *routev3.Route)) {
	x.routers(func(_ *Proxy, m *Manager, r *Plugin) {
		for _, h := range m.Hosts {
			for i, route := range h.Routes {
				if route.GetRoute() != nil {
					look(m, r, h, h.Where+".routes["+strconv.Itoa(i)+"]", route)
				}
			}
		}
	})
}

// actions calls look with the action of each of routes and the retry policy that is in force there.
func actions(x *examination, look func(where string, a *routev3.RouteAction, retry *routev3.RetryPolicy)) {
	routes(x, func(_ *Manager, _ *Plugin, h *VirtualHost, where string, route *routev3.Route) {
		a := route.GetRoute()
		retry := a.RetryPolicy
		if retry == nil {
			retry = h.RetryPolicy
		}
		look(where+".route", a, retry)
	})
}
