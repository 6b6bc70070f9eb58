package envoyconfig

import (
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"

	"github.com/routeiq/routeiq/abi"
)

// TestEveryCluster: whatever its kind, a cluster never limits retries and can always refuse a connection.
func TestEveryCluster(t *testing.T) {
	all := Clusters(checked(t))
	if len(all) != 5 {
		t.Fatalf("%d clusters, expected 5", len(all))
	}
	for i, c := range all {
		if i > 0 && all[i-1].Name >= c.Name {
			t.Errorf("%s comes after %s", c.Name, all[i-1].Name)
		}
		priorities := map[corev3.RoutingPriority]bool{}
		for _, th := range c.CircuitBreakers.GetThresholds() {
			priorities[th.Priority] = th.MaxRetries.GetValue() >= 100_000 && th.MaxRequests.GetValue() >= 100_000 &&
				th.MaxConnections.GetValue() >= 100_000 && th.MaxPendingRequests.GetValue() >= 100_000
		}
		if !priorities[corev3.RoutingPriority_DEFAULT] || !priorities[corev3.RoutingPriority_HIGH] {
			t.Errorf("%s: Envoy's own breakers limit it: %v", c.Name, c.CircuitBreakers)
		}
		groups := c.LoadAssignment.Endpoints
		last := groups[len(groups)-1]
		a := last.LbEndpoints[0].GetEndpoint().Address.GetSocketAddress()
		if a.Address != "127.0.0.1" || a.GetPortValue() != 1 || int(last.Priority) != len(groups)-1 {
			t.Errorf("%s: the last endpoint is %v with priority %d, expected one that refuses", c.Name, a, last.Priority)
		}
		if c.ConnectTimeout.AsDuration() <= 0 {
			t.Errorf("%s: no connect timeout", c.Name)
		}
		if err := c.ValidateAll(); err != nil {
			t.Error(err)
		}
	}
}

func TestClusterOfAHost(t *testing.T) {
	for _, c := range []struct {
		cluster abi.Cluster
		byName  bool
		tls     bool
		seconds float64
	}{
		{abi.Cluster{Name: "c", Scheme: "https", Host: "api.test", Port: 443, ConnectTimeoutMS: 1500}, true, true, 1.5},
		{abi.Cluster{Name: "c", Scheme: "http", Host: "localhost", Port: 80}, true, false, 5},
		{abi.Cluster{Name: "c", Scheme: "http", Host: "127.0.0.1", Port: 80}, false, false, 5},
		{abi.Cluster{Name: "c", Scheme: "https", Host: "2001:db8::1", Port: 80}, false, true, 5},
	} {
		pb := Cluster(c.cluster, "bundle.pem")
		if (pb.GetClusterType().GetName() == "envoy.clusters.dns") != c.byName || (pb.GetClusterType() != nil) != c.byName || (pb.TransportSocket != nil) != c.tls || pb.ConnectTimeout.AsDuration().Seconds() != c.seconds {
			t.Errorf("%+v: got type %v, TLS %v, connect timeout %s", c.cluster, pb.GetClusterDiscoveryType(), pb.TransportSocket != nil, pb.ConnectTimeout.AsDuration())
		}
		if a := pb.LoadAssignment.Endpoints[0].LbEndpoints[0].GetEndpoint().Address.GetSocketAddress(); a.Address != c.cluster.Host || int(a.GetPortValue()) != c.cluster.Port {
			t.Errorf("%+v: goes to %v", c.cluster, a)
		}
	}
}
