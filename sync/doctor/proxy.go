package doctor

import (
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	routerv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	wasmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/wasm/v3"
	"google.golang.org/protobuf/proto"

	"github.com/routeiq/routeiq/abi"
)

// Proxy is the configuration of one Envoy, read from its admin listener or from a file.
type Proxy struct {
	Origin string // the admin listener's URL, or the file's name
	Live   *Live  // nil: a file

	Admin    *corev3.Address // nil: there is no admin listener, or it is not known
	Managers []*Manager
	Clusters []*Cluster
	Secrets  []*Secret
	Refused  []Refusal
	Unread   []Unlooked // resources that could not be read, or are not there
}

// Live is what only a running Envoy tells.
type Live struct {
	Version       string // "1.40.0"
	Node          string
	LogLevels     map[string]string // by logger
	Stats         map[string]uint64 // those of statsFilter
	Date          time.Time         // of its answer's header, whole seconds; zero: there was none
	Asked, Answer time.Time         // our clock when the request went out and when its answer came
}

// Manager is an HTTP connection manager with a plugin of ours.
type Manager struct {
	Where     string
	Listener  string
	Addresses []*corev3.Address
	Config    *hcmv3.HttpConnectionManager
	Filters   []*Filter
	Router    *routerv3.Router // Envoy's own router filter; nil: none
	Attempts  []*Filter        // the filters of each attempt, of Envoy's router
	Hosts     []*VirtualHost
}

// VirtualHost is one of a manager's, with the path of the route configuration it stands in.
type VirtualHost struct {
	Where string
	*routev3.VirtualHost
}

// Filter is an HTTP filter with its configuration, which may have come by ECDS.
type Filter struct {
	Where  string
	Name   string
	Config proto.Message // nil: of a type that is not known here
	Plugin *Plugin       // nil: not one of ours
}

// Plugin is a wasm plugin of ours.
type Plugin struct {
	Where string
	*wasmv3.PluginConfig
	Document []byte
	Version  int // of the document; 0: not said
	Role     abi.Role
	Revision string
	Config   *abi.Config // nil: this build refuses the document
	Err      error       // why
}

// Cluster is an upstream.
type Cluster struct {
	Where string
	*clusterv3.Cluster
	Filters   []*Filter                         // of each attempt, where the cluster has its own
	Endpoints []*endpointv3.LocalityLbEndpoints // its own, or those of EDS
	TLS       *tlsv3.UpstreamTlsContext         // nil: in clear
}

// Secret is a secret without its value.
type Secret struct {
	Where   string
	Name    string
	Literal bool   // it stands in the configuration
	Env     string // the variable Envoy reads it from; "[redacted]" where Envoy hides its name
	Awaited bool   // it comes by SDS, and has not come yet
}

// Refusal is an update that Envoy refused last.
type Refusal struct {
	Where, Details string
}

// plugins calls visit with every plugin of ours, those of attempts included.
func (p *Proxy) plugins() []*Plugin {
	var all []*Plugin
	add := func(filters []*Filter) {
		for _, f := range filters {
			if f.Plugin != nil {
				all = append(all, f.Plugin)
			}
		}
	}
	for _, m := range p.Managers {
		add(m.Filters)
		add(m.Attempts)
	}
	for _, c := range p.Clusters {
		add(c.Filters)
	}
	return all
}

// router returns a manager's plugin in the role router; nil when it has none.
func (m *Manager) router() *Plugin { return withRole(m.Filters, abi.RoleRouter) }

// cluster returns the cluster of a name; nil when there is none.
func (p *Proxy) cluster(name string) *Cluster {
	for _, c := range p.Clusters {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func withRole(filters []*Filter, role abi.Role) *Plugin {
	for _, f := range filters {
		if f.Plugin != nil && f.Plugin.Role == role {
			return f.Plugin
		}
	}
	return nil
}

// usable returns the deployments of a document that can be chosen.
func usable(c *abi.Config) []*abi.Deployment {
	if c == nil {
		return nil
	}
	var all []*abi.Deployment
	for i := range c.Groups {
		for j := range c.Groups[i].Deployments {
			if d := &c.Groups[i].Deployments[j]; d.Unconfigured == "" {
				all = append(all, d)
			}
		}
	}
	return all
}

// upstreams returns the clusters of a proxy that usable deployments of its documents name, the mock's not, each once.
func (p *Proxy) upstreams() []*Cluster {
	named := map[string]bool{}
	for _, m := range p.Managers {
		if r := m.router(); r != nil {
			for _, d := range usable(r.Config) {
				named[d.Cluster] = d.Mock == nil
			}
		}
	}
	var all []*Cluster
	for _, c := range p.Clusters {
		if named[c.Name] {
			all = append(all, c)
		}
	}
	return all
}
