package envoyconfig

import (
	"fmt"
	"hash/fnv"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/routeiq/routeiq/abi"
)

// keyClusters is over how many clusters the secrets are spread: one more key sends a part of them anew, not all.
const keyClusters = 16

// KeyClusters returns clusters that no request goes to, for an xDS server. Envoy (1.40) asks for a secret that a configuration
// names only while what owns the configuration starts, and a listener has started when an extension configuration changes:
// a new secret of it would never be asked for. A cluster starts anew with every change of it, and what it asked for is shared.
// So these name all secrets, in filters; they are warm, and acknowledged, when the secrets are there. The filters cannot be
// those of the deployments' clusters: a cluster's own filters take the place of the listener's.
func KeyClusters(credentials []abi.Credential) []*clusterv3.Cluster {
	var filters [keyClusters][]*hcmv3.HttpFilter
	for _, c := range credentials {
		sum := fnv.New32a()
		_, _ = sum.Write([]byte(c.Name)) // never fails
		to := &filters[sum.Sum32()%keyClusters]
		for i, p := range c.Parts {
			secret := SecretName(c.Name, i)
			*to = append(*to, filter(secret, injector(secret, p, fromAgent())))
		}
	}
	var all []*clusterv3.Cluster
	for i, f := range filters {
		if len(f) == 0 {
			continue
		}
		pb := MockCluster()
		pb.Name = fmt.Sprintf("routeiq_keys_%02d", i)
		pb.LoadAssignment.ClusterName = pb.Name
		pb.TypedExtensionProtocolOptions = map[string]*anypb.Any{httpProtocolOptions: protocols(abi.Cluster{})}
		filtered(pb, f...)
		all = append(all, pb)
	}
	return all
}
