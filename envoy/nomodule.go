package envoy

import (
	"fmt"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	routerv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"sigs.k8s.io/yaml"

	"github.com/routeiq/routeiq/sync/publish/envoyconfig"
)

// WithoutModule returns, as YAML, the configuration that in renders to, less everything of ours: no module, no attempts, no
// credentials; every request goes to one cluster. It is the same Envoy to compare with: what it does too is not our doing,
// and what it costs is not our cost.
func WithoutModule(in *envoyconfig.Input, cluster string) ([]byte, error) {
	b, err := envoyconfig.Bootstrap(in)
	if err != nil {
		return nil, err
	}
	if err := replaceManager(b, cluster); err != nil {
		return nil, fmt.Errorf("envoy: %w", err)
	}
	b.StaticResources.Secrets, b.StatsConfig = nil, nil
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("envoy: %w", err)
	}
	return yaml.JSONToYAML(text)
}

// replaceManager makes the listener's connection manager a plain one.
func replaceManager(b *bootstrapv3.Bootstrap, cluster string) error {
	filter := b.StaticResources.Listeners[0].FilterChains[0].Filters[0]
	var manager hcmv3.HttpConnectionManager
	if err := filter.GetTypedConfig().UnmarshalTo(&manager); err != nil {
		return err
	}
	router, err := anypb.New(&routerv3.Router{SuppressEnvoyHeaders: true})
	if err != nil {
		return err
	}
	manager.HttpFilters = []*hcmv3.HttpFilter{{Name: "envoy.filters.http.router", ConfigType: &hcmv3.HttpFilter_TypedConfig{TypedConfig: router}}}
	for _, host := range manager.GetRouteConfig().VirtualHosts {
		for _, route := range host.Routes {
			route.Action = &routev3.Route_Route{Route: &routev3.RouteAction{
				ClusterSpecifier: &routev3.RouteAction_Cluster{Cluster: cluster}, Timeout: durationpb.New(0),
			}}
		}
	}
	plain, err := anypb.New(&manager)
	if err != nil {
		return err
	}
	filter.ConfigType = &listenerv3.Filter_TypedConfig{TypedConfig: plain}
	return nil
}
