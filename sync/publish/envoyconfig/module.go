package envoyconfig

import (
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/routeiq/routeiq/abi"
)

// Module says where Envoy has the module's code from.
type Module struct {
	File string // path where Envoy runs
	// SHA256 (hex) has Envoy fetch the code from its agent, at ModulePath, in place of File.
	SHA256 string
}

// ModulePath is where an agent serves the module, followed by its SHA256.
const ModulePath = "/module/"

// ModuleClusterName names the cluster that has Envoy fetch the module. No request goes there.
const ModuleClusterName = "routeiq_module"

// An agent may be a moment late: Envoy's own default is one retry after a second.
const (
	moduleWithin                      = 30 * time.Second
	moduleRetries                     = 1000
	moduleRetryFirst, moduleRetryLast = 200 * time.Millisecond, 5 * time.Second
)

func (m Module) code() *corev3.AsyncDataSource {
	if m.SHA256 == "" {
		return &corev3.AsyncDataSource{Specifier: &corev3.AsyncDataSource_Local{Local: file(m.File)}}
	}
	return &corev3.AsyncDataSource{Specifier: &corev3.AsyncDataSource_Remote{Remote: &corev3.RemoteDataSource{
		Sha256: m.SHA256,
		HttpUri: &corev3.HttpUri{
			// The host is that of the request alone: where it goes is the cluster's to say.
			Uri:              "http://" + abi.AgentCluster + ModulePath + m.SHA256,
			HttpUpstreamType: &corev3.HttpUri_Cluster{Cluster: abi.AgentCluster},
			Timeout:          duration(moduleWithin),
		},
		RetryPolicy: &corev3.RetryPolicy{
			NumRetries:   wrapperspb.UInt32(moduleRetries),
			RetryBackOff: &corev3.BackoffStrategy{BaseInterval: duration(moduleRetryFirst), MaxInterval: duration(moduleRetryLast)},
		},
	}}}
}

// ModuleCluster is a cluster that is not ready before Envoy has the module's code. Envoy asks for listeners when all clusters are ready,
// so their filters find the code in Envoy's cache. Without it each filter would want the code at once, and Envoy refuses it to
// all but the first while it is under way.
func ModuleCluster(m Module) *clusterv3.Cluster {
	pb := Cluster(abi.Cluster{Name: ModuleClusterName, Scheme: "http", Host: "127.0.0.1", Port: 1}, "")
	filtered(pb, filter(string(abi.RoleAdapter), wasm(m, abi.RoleAdapter, adapterDocument(""))))
	return pb
}
