package doctor

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routerv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	wasmfilterv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/wasm/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	wasmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/wasm/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/routeiq/routeiq/abi"
)

// managers adds the HTTP connection managers of a listener that have a plugin of ours.
func (c *collector) managers(l located[*listenerv3.Listener]) {
	chains := l.message.FilterChains
	wheres := make([]string, len(chains))
	for i := range chains {
		wheres[i] = fmt.Sprintf("%s.filter_chains[%d]", l.where, i)
	}
	if l.message.DefaultFilterChain != nil {
		chains, wheres = append(chains, l.message.DefaultFilterChain), append(wheres, l.where+".default_filter_chain")
	}
	for i, chain := range chains {
		for j, f := range chain.Filters {
			var config hcmv3.HttpConnectionManager
			if f.GetTypedConfig() == nil || f.GetTypedConfig().UnmarshalTo(&config) != nil {
				continue // a filter of TCP
			}
			m := &Manager{Where: fmt.Sprintf("%s.filters[%d]", wheres[i], j), Listener: l.message.Name, Config: &config}
			m.Addresses = append(m.Addresses, l.message.Address)
			for _, a := range l.message.AdditionalAddresses {
				m.Addresses = append(m.Addresses, a.Address)
			}
			m.Filters = c.filters(m.Where, config.HttpFilters)
			for _, f := range m.Filters {
				if r, ok := f.Config.(*routerv3.Router); ok {
					m.Router = r
					m.Attempts = c.filters(f.Where+".upstream", r.UpstreamHttpFilters)
				}
			}
			if !ours(m) {
				continue
			}
			c.hosts(m)
			c.proxy.Managers = append(c.proxy.Managers, m)
		}
	}
}

func ours(m *Manager) bool {
	for _, f := range append(append([]*Filter(nil), m.Filters...), m.Attempts...) {
		if f.Plugin != nil {
			return true
		}
	}
	return false
}

// hosts finds a manager's virtual hosts.
func (c *collector) hosts(m *Manager) {
	routes, where := m.Config.GetRouteConfig(), m.Where+".route_config"
	if rds := m.Config.GetRds(); rds != nil {
		r, ok := c.routes[rds.RouteConfigName]
		if !ok {
			c.unread(fmt.Sprintf("route configuration %q", rds.RouteConfigName), errors.New("it comes by RDS and is not here; look at the running Envoy"))
			return
		}
		routes, where = r.message, r.where
	}
	for i, h := range routes.GetVirtualHosts() {
		m.Hosts = append(m.Hosts, &VirtualHost{fmt.Sprintf("%s.virtual_hosts[%d]", where, i), h})
	}
}

// filters reads HTTP filters; where one comes by ECDS its configuration is looked up.
func (c *collector) filters(where string, list []*hcmv3.HttpFilter) []*Filter {
	var all []*Filter
	for i, h := range list {
		f := &Filter{Where: fmt.Sprintf("%s.http_filters[%d] (%s)", where, i, h.Name), Name: h.Name}
		config := h.GetTypedConfig()
		if h.GetConfigDiscovery() != nil {
			if e, ok := c.extensions[h.Name]; ok {
				config, f.Where = e.message.TypedConfig, e.where
			} else if config = h.GetConfigDiscovery().DefaultConfig; config == nil {
				c.unread(f.Where, errors.New("it comes by ECDS and is not here; look at the running Envoy"))
			}
		}
		f.read(config)
		all = append(all, f)
	}
	return all
}

// read unpacks a filter's configuration and sees whether it is a plugin of ours.
func (f *Filter) read(config *anypb.Any) {
	if config == nil || config.TypeUrl == structURL {
		return
	}
	m, err := config.UnmarshalNew()
	if err != nil {
		return // decode linked every type it could; what is left is unknown here
	}
	f.Config = m
	if w, ok := m.(*wasmfilterv3.Wasm); ok {
		f.Plugin = plugin(f.Where, w.Config)
	}
}

// plugin returns a wasm plugin when it is one of ours: by its VM, its module's file or its document.
func plugin(where string, config *wasmv3.PluginConfig) *Plugin {
	p := &Plugin{Where: where, PluginConfig: config}
	p.Document = document(config.GetConfiguration())
	var head struct {
		Version  int      `json:"version"`
		Role     abi.Role `json:"role"`
		Revision string   `json:"revision"`
	}
	said := json.Unmarshal(p.Document, &head) == nil && head.Role != ""
	p.Version, p.Role, p.Revision = head.Version, head.Role, head.Revision
	vm := config.GetVmConfig()
	if !(said && knownRole(head.Role)) && vm.GetVmId() != abi.VMID && path.Base(vm.GetCode().GetLocal().GetFilename()) != "routeiq.wasm" {
		return nil
	}
	if !knownRole(p.Role) {
		p.Role = abi.Role(config.GetRootId())
	}
	p.Config, p.Err = abi.Parse(p.Document)
	return p
}

func knownRole(r abi.Role) bool {
	return r == abi.RoleRouter || r == abi.RoleAdapter || r == abi.RoleBreaker
}

// document returns what Envoy gives a plugin as its configuration.
func document(a *anypb.Any) []byte {
	m, err := a.UnmarshalNew()
	if err != nil {
		return nil
	}
	switch m := m.(type) {
	case *wrapperspb.StringValue:
		return []byte(m.Value)
	case *wrapperspb.BytesValue:
		return m.Value
	case *structpb.Struct:
		encoded, err := protojson.Marshal(m)
		if err != nil {
			return nil
		}
		return encoded
	}
	return nil
}

// host writes an address for people; "" for one that is no IP address and port.
func host(a *corev3.Address) string { return a.GetSocketAddress().GetAddress() }
