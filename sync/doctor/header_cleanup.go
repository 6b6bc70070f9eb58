package doctor

import (
	"slices"
	"strings"

	headermutationv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/header_mutation/v3"

	"github.com/routeiq/routeiq/abi"
)

// cleaned are the headers that no upstream may see, and what happens otherwise.
var cleaned = []struct {
	prefix   string
	severity Severity
	without  string
}{
	{abi.HeaderPrefix, Error, "upstreams see the name of the credential and what else RouteIQ says to Envoy"},
	{"x-envoy-", Warning, "upstreams see Envoy's own headers, and an AWS signature covers what Envoy changes"},
	{"x-forwarded-", Warning, "upstreams see the addresses of clients"},
}

// headerCleanup: an upstream sees what the client said, and nothing of how it was routed.
var headerCleanup = Check{
	ID: "header-cleanup", Severity: Error,
	Says:  "Attempts do not take off x-routeiq-, x-envoy- and x-forwarded- headers before an upstream sees them.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		x.routers(func(p *Proxy, m *Manager, _ *Plugin) {
			for _, list := range attemptsOf(p, m) {
				var gone []string
				for _, f := range list {
					gone = append(gone, removed(f)...)
				}
				for _, c := range cleaned {
					if !slices.ContainsFunc(gone, func(prefix string) bool { return strings.HasPrefix(c.prefix, prefix) }) {
						x.findAs(c.severity, m.Where, "add a header_mutation filter with remove_on_match, prefix "+c.prefix+", behind the credential filters", "nothing takes off headers that begin with %s: %s", c.prefix, c.without)
					}
				}
			}
		})
	},
}

// removed returns the prefixes of headers that a filter takes off requests.
func removed(f *Filter) []string {
	m, ok := f.Config.(*headermutationv3.HeaderMutation)
	if !ok {
		return nil
	}
	var all []string
	for _, r := range m.GetMutations().GetRequestMutations() {
		if prefix := r.GetRemoveOnMatch().GetKeyMatcher().GetPrefix(); prefix != "" {
			all = append(all, strings.ToLower(prefix))
		}
	}
	return all
}
