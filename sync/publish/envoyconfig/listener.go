package envoyconfig

import (
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	uuidv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/request_id/uuid/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// ListenerName names the clients' listener.
const ListenerName = "routeiq"

const (
	headersWithin = 30 * time.Second // a client must send its headers
	requestWithin = 5 * time.Minute  // and the whole of its request
	// streamIdle is the last resort against a stream on which nothing moves, for example because a client does not read.
	// Attempts have their own, shorter bound; this one must be longer than all attempts of a request together.
	streamIdle     = time.Hour
	connectionIdle = time.Hour
	maxHeaderKB    = 60
	// maxStreams bounds what one HTTP/2 client may have open at once: a gateway's clients share one connection for
	// many long streams, so Envoy's advice for the open internet, 100, is too low.
	maxStreams = 1000
)

// Listener returns the clients' listener with its routes in it.
func Listener(in *Input) (*listenerv3.Listener, error) {
	filters, err := Filters(in)
	if err != nil {
		return nil, err
	}
	m := manager(filters)
	m.RouteSpecifier = &hcmv3.HttpConnectionManager_RouteConfig{RouteConfig: RouteConfiguration(in)}
	return listener(in.Listen, m), nil
}

// manager is the connection manager, without its routes.
func manager(filters []*hcmv3.HttpFilter) *hcmv3.HttpConnectionManager {
	return &hcmv3.HttpConnectionManager{
		StatPrefix:  ListenerName,
		HttpFilters: filters,
		AccessLog:   AccessLog(),

		// Clients are not trusted: what they send of x-envoy-* is taken off at the door. Nothing is added to x-forwarded-for.
		UseRemoteAddress: wrapperspb.Bool(true),
		SkipXffAppend:    true,

		// A client's request id is kept, whatever its form, and every answer carries one.
		PreserveExternalRequestId:    true,
		AlwaysSetRequestIdInResponse: true,
		RequestIdExtension: &hcmv3.RequestIDExtension{TypedConfig: pack(&uuidv3.UuidRequestIdConfig{
			// The id is the seed of every decision: no bit of it may be changed for tracing.
			PackTraceReason: wrapperspb.Bool(false),
		})},

		// An upstream's answer passes as it is: its own server header, or none.
		ServerHeaderTransformation: hcmv3.HttpConnectionManager_PASS_THROUGH,
		// Paths pass as they are: the module knows them exactly, and answers 404 to every other spelling.
		NormalizePath:                wrapperspb.Bool(false),
		MergeSlashes:                 false,
		PathWithEscapedSlashesAction: hcmv3.HttpConnectionManager_KEEP_UNCHANGED,

		MaxRequestHeadersKb:   wrapperspb.UInt32(maxHeaderKB),
		RequestHeadersTimeout: duration(headersWithin),
		RequestTimeout:        duration(requestWithin),
		StreamIdleTimeout:     duration(streamIdle),
		CommonHttpProtocolOptions: &corev3.HttpProtocolOptions{
			IdleTimeout: duration(connectionIdle),
		},
		Http2ProtocolOptions: &corev3.Http2ProtocolOptions{MaxConcurrentStreams: wrapperspb.UInt32(maxStreams)},
	}
}

func listener(a Address, manager *hcmv3.HttpConnectionManager) *listenerv3.Listener {
	return &listenerv3.Listener{
		Name:    ListenerName,
		Address: socket(a.Host, a.Port),
		FilterChains: []*listenerv3.FilterChain{{Filters: []*listenerv3.Filter{{
			Name:       "envoy.filters.network.http_connection_manager",
			ConfigType: &listenerv3.Filter_TypedConfig{TypedConfig: pack(manager)},
		}}}},
	}
}
