package envoyconfig

import (
	"fmt"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	overloadv3 "github.com/envoyproxy/go-control-plane/envoy/config/overload/v3"
	connectionsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/resource_monitors/downstream_connections/v3"
)

// maxConnections bounds clients' connections, all workers together. Envoy's own default is none, and it warns.
const maxConnections = 50_000

// Bootstrap returns a complete static configuration: all resources, the admin listener, statistics and limits.
func Bootstrap(in *Input) (*bootstrapv3.Bootstrap, error) {
	if err := in.Check(); err != nil {
		return nil, err
	}
	listener, err := Listener(in)
	if err != nil {
		return nil, err
	}
	b := &bootstrapv3.Bootstrap{
		Admin: &bootstrapv3.Admin{Address: socket(in.Admin.Host, in.Admin.Port)},
		StaticResources: &bootstrapv3.Bootstrap_StaticResources{
			Listeners: []*listenerv3.Listener{listener},
			Clusters:  Clusters(in),
			Secrets:   Secrets(in),
		},
		StatsConfig:     Stats(),
		OverloadManager: overload(),
	}
	if err := b.ValidateAll(); err != nil {
		return nil, fmt.Errorf("envoyconfig: %w", err)
	}
	return b, nil
}

// overload bounds the clients' connections.
func overload() *overloadv3.OverloadManager {
	return &overloadv3.OverloadManager{ResourceMonitors: []*overloadv3.ResourceMonitor{{
		Name: "envoy.resource_monitors.global_downstream_max_connections",
		ConfigType: &overloadv3.ResourceMonitor_TypedConfig{TypedConfig: pack(&connectionsv3.DownstreamConnectionsConfig{
			MaxActiveDownstreamConnections: maxConnections,
		})},
	}}}
}
