package doctor

import (
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	networkinputs "github.com/envoyproxy/go-control-plane/envoy/extensions/matching/common_inputs/network/v3"
	specifierv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/router/cluster_specifiers/matcher/v3"

	"github.com/routeiq/routeiq/abi"
)

const nextKey = abi.FilterStatePrefix + abi.PropertyNext

// routeCluster: only a route that reads the module's property sends requests where the module decided.
var routeCluster = Check{
	ID: "route-cluster", Severity: Error,
	Says:  "A route does not take its cluster from the property that the module sets.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		actions(x, func(where string, a *routev3.RouteAction, _ *routev3.RetryPolicy) {
			if nextOf(a) == nil {
				x.find(where, "use the matcher cluster specifier on the filter state "+nextKey+", as `routeiq-agent render` does",
					"the route does not choose by the filter state %s: what the module decides has no effect", nextKey)
			}
		})
	},
}

// nextOf returns the names that a route's matcher knows; nil when it does not read the module's property.
func nextOf(a *routev3.RouteAction) map[string]bool {
	var specifier specifierv3.MatcherClusterSpecifier
	if packed := a.GetInlineClusterSpecifierPlugin().GetExtension().GetTypedConfig(); packed == nil || packed.UnmarshalTo(&specifier) != nil {
		return nil
	}
	found := specifier.GetClusterMatcher().GetMatcherTree()
	var input networkinputs.FilterStateInput
	if packed := found.GetInput().GetTypedConfig(); packed == nil || packed.UnmarshalTo(&input) != nil || input.Key != nextKey {
		return nil
	}
	names := map[string]bool{}
	for name := range found.GetExactMatchMap().GetMap() {
		names[name] = true
	}
	return names
}
