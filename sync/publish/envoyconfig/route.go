package envoyconfig

import (
	"time"

	xdscore "github.com/cncf/xds/go/xds/core/v3"
	xdsmatcher "github.com/cncf/xds/go/xds/type/matcher/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	networkinputs "github.com/envoyproxy/go-control-plane/envoy/extensions/matching/common_inputs/network/v3"
	specifierv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/router/cluster_specifiers/matcher/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/routeiq/routeiq/abi"
)

// RouteName names the route configuration, and the listener's requests in statistics.
const RouteName = "routeiq"

// bodySlack is how much more than the document's limit Envoy holds of a body. The module sees each piece before Envoy
// looks at its own limit: with room to spare it is the module that refuses, in the dialect of the API called.
const bodySlack = 1 << 20

// retryOn are the conditions under which Envoy makes the next attempt: the connection fails, is lost before the answer,
// or the module asks for it by its header. No status codes: those are the module's to judge.
const retryOn = "reset,connect-failure,retriable-headers"

// maxPause bounds the time the module may ask to wait before an attempt.
const maxPause = 5 * time.Minute

// Routes is what the route configuration depends on.
type Routes struct {
	Clusters      []string // all that an attempt may go to; at least one
	MaxBodyBytes  int      // of a request, as the document says
	AttemptIdleMS int      // how long nothing may move of an attempt: abi.Config.AttemptIdleMS
	CORS          abi.CORS // which pages may call
}

// RouteConfiguration returns the routes of a static file.
func RouteConfiguration(in *Input) *routev3.RouteConfiguration {
	return Routes{Clusters: in.clusterNames(), MaxBodyBytes: in.Config.Limits.MaxBodyBytes, AttemptIdleMS: in.Config.AttemptIdleMS(), CORS: in.CORS}.Configuration()
}

// Configuration returns the routes: one, for everything. It sends each attempt to the cluster that the property
// routeiq.next names at that moment.
func (r Routes) Configuration() *routev3.RouteConfiguration {
	return &routev3.RouteConfiguration{
		Name: RouteName,
		VirtualHosts: []*routev3.VirtualHost{{
			Name:    RouteName,
			Domains: []string{"*"},
			// Without it Envoy holds 1 MiB of a body and answers 413 above.
			RequestBodyBufferLimit: wrapperspb.UInt64(uint64(r.MaxBodyBytes) + bodySlack),
			TypedPerFilterConfig:   corsPolicy(r.CORS),
			Routes: []*routev3.Route{{
				Match:  &routev3.RouteMatch{PathSpecifier: &routev3.RouteMatch_Prefix{Prefix: "/"}},
				Action: &routev3.Route_Route{Route: r.action()},
			}},
		}},
	}
}

func (r Routes) action() *routev3.RouteAction {
	return &routev3.RouteAction{
		ClusterSpecifier: &routev3.RouteAction_InlineClusterSpecifierPlugin{InlineClusterSpecifierPlugin: &routev3.ClusterSpecifierPlugin{
			Extension: extension("routeiq.next", &specifierv3.MatcherClusterSpecifier{ClusterMatcher: nextCluster(r.Clusters)}),
		}},
		// Envoy's default cuts answers at 15 s. The module's deadline header rules.
		Timeout: duration(0),
		RetryPolicy: &routev3.RetryPolicy{
			RetryOn: retryOn,
			RetriableHeaders: []*routev3.HeaderMatcher{{
				Name: abi.HeaderRetry, HeaderMatchSpecifier: &routev3.HeaderMatcher_PresentMatch{PresentMatch: true},
			}},
			// The module's header x-envoy-max-retries says how many; a request without one is not repeated.
			NumRetries:            wrapperspb.UInt32(0),
			RefreshClusterOnRetry: true,
			PerTryIdleTimeout:     duration(time.Duration(r.AttemptIdleMS) * time.Millisecond),
			// The next attempt goes to another deployment: there is nothing to wait for. 1 ms is the least Envoy takes.
			RetryBackOff: &routev3.RetryPolicy_RetryBackOff{BaseInterval: duration(time.Millisecond), MaxInterval: duration(time.Millisecond)},
			// … unless the module says how many seconds: then Envoy waits for so long, and up to half of it more.
			RateLimitedRetryBackOff: &routev3.RetryPolicy_RateLimitedRetryBackOff{
				ResetHeaders: []*routev3.RetryPolicy_ResetHeader{{Name: abi.HeaderRetry, Format: routev3.RetryPolicy_SECONDS}},
				MaxInterval:  duration(maxPause),
			},
		},
	}
}

// nextCluster maps the value of the property routeiq.next to the cluster of that name. A name it does not know routes
// nowhere (503, cluster_not_found), and none of a client's making gets here: the property is the module's own.
func nextCluster(names []string) *xdsmatcher.Matcher {
	clusters := map[string]*xdsmatcher.Matcher_OnMatch{}
	for _, name := range names {
		clusters[name] = onMatch("cluster", &specifierv3.ClusterAction{Cluster: name})
	}
	return exactMatch("next", &networkinputs.FilterStateInput{Key: abi.FilterStatePrefix + abi.PropertyNext}, clusters)
}

// headerInput reads a request header for a matcher.
func headerInput(name string) *matcherv3.HttpRequestHeaderMatchInput {
	return &matcherv3.HttpRequestHeaderMatchInput{HeaderName: name}
}

// exactMatch is a matcher that looks one input up in a map.
func exactMatch(name string, input proto.Message, to map[string]*xdsmatcher.Matcher_OnMatch) *xdsmatcher.Matcher {
	return &xdsmatcher.Matcher{MatcherType: &xdsmatcher.Matcher_MatcherTree_{MatcherTree: &xdsmatcher.Matcher_MatcherTree{
		Input:    &xdscore.TypedExtensionConfig{Name: name, TypedConfig: pack(input)},
		TreeType: &xdsmatcher.Matcher_MatcherTree_ExactMatchMap{ExactMatchMap: &xdsmatcher.Matcher_MatcherTree_MatchMap{Map: to}},
	}}}
}

func onMatch(name string, action proto.Message) *xdsmatcher.Matcher_OnMatch {
	return &xdsmatcher.Matcher_OnMatch{OnMatch: &xdsmatcher.Matcher_OnMatch_Action{
		Action: &xdscore.TypedExtensionConfig{Name: name, TypedConfig: pack(action)},
	}}
}
