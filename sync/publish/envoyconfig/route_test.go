package envoyconfig

import (
	"maps"
	"slices"
	"testing"
	"time"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	specifierv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/router/cluster_specifiers/matcher/v3"

	"github.com/routeiq/routeiq/abi"
)

// TestRouteConfiguration holds what failover stands on; envoy/ proves that it works.
func TestRouteConfiguration(t *testing.T) {
	in := checked(t)
	host := RouteConfiguration(in).VirtualHosts[0]
	if limit := host.RequestBodyBufferLimit.GetValue(); limit != 1000+bodySlack {
		t.Errorf("the body limit is %d", limit)
	}
	if host.IncludeRequestAttemptCount {
		t.Error("upstreams would see which attempt they are")
	}
	route := host.Routes[0].GetRoute()
	retry := route.RetryPolicy
	if route.Timeout.AsDuration() != 0 || retry.RetryOn != "reset,connect-failure,retriable-headers" || len(retry.RetriableStatusCodes) != 0 ||
		retry.NumRetries.GetValue() != 0 || !retry.RefreshClusterOnRetry || retry.RetriableHeaders[0].Name != abi.HeaderRetry ||
		retry.PerTryIdleTimeout.AsDuration() != 10*time.Minute {
		t.Errorf("got %v", route)
	}
	if names := slices.Sorted(maps.Keys(clusterMap(t, route))); !slices.Equal(names, in.clusterNames()) {
		t.Errorf("the map has %q, the clusters are %q", names, in.clusterNames())
	}
}

// clusterMap returns what the matcher makes of each name.
func clusterMap(t *testing.T, route *routev3.RouteAction) map[string]string {
	t.Helper()
	var specifier specifierv3.MatcherClusterSpecifier
	if err := route.GetInlineClusterSpecifierPlugin().Extension.TypedConfig.UnmarshalTo(&specifier); err != nil {
		t.Fatal(err)
	}
	to := map[string]string{}
	for name, match := range specifier.ClusterMatcher.GetMatcherTree().GetExactMatchMap().Map {
		var action specifierv3.ClusterAction
		if err := match.GetAction().TypedConfig.UnmarshalTo(&action); err != nil {
			t.Fatal(err)
		}
		if action.Cluster != name {
			t.Errorf("%s leads to %s", name, action.Cluster)
		}
		to[name] = action.Cluster
	}
	return to
}
