package envoyconfig

import (
	"net"
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	commondnsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/clusters/common/dns/v3"
	dnsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/clusters/dns/v3"
	httpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/routeiq/routeiq/abi"
)

const (
	// noLimit: Envoy's own circuit breakers must not limit retries. Their default of 3 parallel retries a cluster failed
	// 98 % of requests at 64 connections and a dead first deployment; our breaker decides, per deployment.
	noLimit = 100_000
	// defaultConnect is for clusters that state no connect timeout.
	defaultConnect = 5 * time.Second
	// upstreamIdle closes an idle upstream connection before the usual 60 s of load balancers do, so that a request is
	// not sent on a connection that the other side is just closing.
	upstreamIdle = 55 * time.Second
	// dnsRefresh asks again when an answer has no time to live; the answer's own is respected. Envoy's default of 5 s
	// would ask 200 times a second for 1,000 deployments.
	dnsRefresh = 60 * time.Second
	// dnsRetry asks again soon when a name did not resolve, then less often.
	dnsRetryFirst, dnsRetryLast = time.Second, 10 * time.Second
	// Silent connections stay open while a model thinks: probes keep addresses translated on the way, and find the dead.
	keepaliveIdle, keepaliveEvery, keepaliveProbes = 60, 15, 4
)

// refusing is where nothing listens. As a last endpoint, of lower priority, it turns "no healthy upstream", which Envoy
// never retries, into a refused connection, which it does.
var refusing = socket("127.0.0.1", 1)

const httpProtocolOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"

// Clusters returns one cluster for each place that a usable deployment is served at, sorted by name.
func Clusters(in *Input) []*clusterv3.Cluster {
	byName := map[string]abi.Cluster{}
	for _, c := range in.clusters() {
		byName[c.Name] = c
	}
	var all []*clusterv3.Cluster
	for _, name := range in.clusterNames() {
		c, ok := byName[name]
		if !ok {
			all = append(all, MockCluster())
			continue
		}
		pb := Cluster(c, in.CABundle)
		if c.Own {
			var own abi.Credential
			for _, one := range in.Credentials {
				if c.Credential != "" && one.Name == c.Credential {
					own = one
				}
			}
			Own(pb, own, nil)
		}
		all = append(all, pb)
	}
	return all
}

// Cluster returns one cluster; bundle is the path of the trusted authorities where Envoy runs.
func Cluster(c abi.Cluster, bundle string) *clusterv3.Cluster {
	connect := time.Duration(c.ConnectTimeoutMS) * time.Millisecond
	if connect <= 0 {
		connect = defaultConnect
	}
	pb := &clusterv3.Cluster{
		Name:                          c.Name,
		ConnectTimeout:                duration(connect),
		CircuitBreakers:               thresholds(),
		LoadAssignment:                endpoints(c.Name, socket(c.Host, c.Port), refusing),
		TypedExtensionProtocolOptions: map[string]*anypb.Any{httpProtocolOptions: protocols(c)},
		UpstreamConnectionOptions: &clusterv3.UpstreamConnectionOptions{TcpKeepalive: &corev3.TcpKeepalive{
			KeepaliveTime: wrapperspb.UInt32(keepaliveIdle), KeepaliveInterval: wrapperspb.UInt32(keepaliveEvery), KeepaliveProbes: wrapperspb.UInt32(keepaliveProbes),
		}},
	}
	if net.ParseIP(c.Host) != nil {
		pb.ClusterDiscoveryType = &clusterv3.Cluster_Type{Type: clusterv3.Cluster_STATIC}
	} else {
		pb.ClusterDiscoveryType = byName()
	}
	if c.Scheme == "https" {
		pb.TransportSocket = upstreamTLS(c, bundle)
	}
	return pb
}

// byName looks a host's name up, every address being an endpoint (what STRICT_DNS was; that name's fields are deprecated).
func byName() *clusterv3.Cluster_ClusterType {
	return &clusterv3.Cluster_ClusterType{ClusterType: &clusterv3.Cluster_CustomClusterType{
		Name: "envoy.clusters.dns",
		TypedConfig: pack(&dnsv3.DnsCluster{
			// Every provider has IPv4 addresses, and many containers have no IPv6 route: with both families half of the
			// attempts would go nowhere. A name with IPv6 addresses alone still works.
			DnsLookupFamily:       commondnsv3.DnsLookupFamily_V4_PREFERRED,
			RespectDnsTtl:         true,
			DnsRefreshRate:        duration(dnsRefresh),
			DnsFailureRefreshRate: &dnsv3.DnsCluster_RefreshRate{BaseInterval: duration(dnsRetryFirst), MaxInterval: duration(dnsRetryLast)},
		}),
	}}
}

// MockCluster is what deployments with a mock answer name: the adapter answers before a connection is made.
func MockCluster() *clusterv3.Cluster {
	return &clusterv3.Cluster{
		Name:                 abi.MockCluster,
		ClusterDiscoveryType: &clusterv3.Cluster_Type{Type: clusterv3.Cluster_STATIC},
		ConnectTimeout:       duration(defaultConnect),
		CircuitBreakers:      thresholds(),
		LoadAssignment:       endpoints(abi.MockCluster, refusing),
	}
}

// endpoints gives each address a priority of its own, the first the highest.
func endpoints(name string, addresses ...*corev3.Address) *endpointv3.ClusterLoadAssignment {
	load := &endpointv3.ClusterLoadAssignment{ClusterName: name}
	for i, a := range addresses {
		load.Endpoints = append(load.Endpoints, &endpointv3.LocalityLbEndpoints{
			Priority:    uint32(i),
			LbEndpoints: []*endpointv3.LbEndpoint{{HostIdentifier: &endpointv3.LbEndpoint_Endpoint{Endpoint: &endpointv3.Endpoint{Address: a}}}},
		})
	}
	return load
}

func thresholds() *clusterv3.CircuitBreakers {
	of := func(p corev3.RoutingPriority) *clusterv3.CircuitBreakers_Thresholds {
		return &clusterv3.CircuitBreakers_Thresholds{
			Priority: p, MaxConnections: wrapperspb.UInt32(noLimit), MaxPendingRequests: wrapperspb.UInt32(noLimit),
			MaxRequests: wrapperspb.UInt32(noLimit), MaxRetries: wrapperspb.UInt32(noLimit),
		}
	}
	return &clusterv3.CircuitBreakers{Thresholds: []*clusterv3.CircuitBreakers_Thresholds{of(corev3.RoutingPriority_DEFAULT), of(corev3.RoutingPriority_HIGH)}}
}

// protocols: HTTP/2 where the other side offers it (ALPN), HTTP/1.1 else and without TLS.
func protocols(c abi.Cluster) *anypb.Any {
	o := &httpv3.HttpProtocolOptions{CommonHttpProtocolOptions: &corev3.HttpProtocolOptions{IdleTimeout: duration(upstreamIdle)}}
	if c.Scheme == "https" {
		o.UpstreamProtocolOptions = &httpv3.HttpProtocolOptions_AutoConfig{AutoConfig: &httpv3.HttpProtocolOptions_AutoHttpConfig{}}
	} else {
		o.UpstreamProtocolOptions = &httpv3.HttpProtocolOptions_ExplicitHttpConfig_{ExplicitHttpConfig: &httpv3.HttpProtocolOptions_ExplicitHttpConfig{
			ProtocolConfig: &httpv3.HttpProtocolOptions_ExplicitHttpConfig_HttpProtocolOptions{HttpProtocolOptions: &corev3.Http1ProtocolOptions{}},
		}}
	}
	return pack(o)
}
