package doctor

import (
	"fmt"
	"strings"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	httpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
)

// collector gathers the resources of one Envoy from wherever they stand, and puts them together at the end: a listener may
// name routes and filters that come after it.
type collector struct {
	proxy      *Proxy
	listeners  []located[*listenerv3.Listener]
	routes     map[string]located[*routev3.RouteConfiguration]
	extensions map[string]located[*corev3.TypedExtensionConfig]
	endpoints  map[string][]*endpointv3.LocalityLbEndpoints
}

// located is a message and where it stands.
type located[M any] struct {
	where   string
	message M
}

func newCollector(origin string) *collector {
	return &collector{
		proxy: &Proxy{Origin: origin}, routes: map[string]located[*routev3.RouteConfiguration]{},
		extensions: map[string]located[*corev3.TypedExtensionConfig]{}, endpoints: map[string][]*endpointv3.LocalityLbEndpoints{},
	}
}

// unread notes a resource that could not be read.
func (c *collector) unread(where string, err error) {
	c.proxy.Unread = append(c.proxy.Unread, Unlooked{What: where, Why: err.Error()})
}

func (c *collector) listener(where string, t tree) {
	var l listenerv3.Listener
	if err := decode(t, &l); err != nil {
		c.unread(where, err)
		return
	}
	c.listeners = append(c.listeners, located[*listenerv3.Listener]{where, &l})
}

func (c *collector) cluster(where string, t tree) {
	var cl clusterv3.Cluster
	if err := decode(t, &cl); err != nil {
		c.unread(where, err)
		return
	}
	c.proxy.Clusters = append(c.proxy.Clusters, &Cluster{Where: named(where, cl.Name), Cluster: &cl})
}

func (c *collector) route(where string, t tree) {
	var r routev3.RouteConfiguration
	if err := decode(t, &r); err != nil {
		c.unread(where, err)
		return
	}
	c.routes[r.Name] = located[*routev3.RouteConfiguration]{where, &r}
}

func (c *collector) extension(where string, t tree) {
	var e corev3.TypedExtensionConfig
	if err := decode(t, &e); err != nil {
		c.unread(where, err)
		return
	}
	c.extensions[e.Name] = located[*corev3.TypedExtensionConfig]{where, &e}
}

func (c *collector) load(where string, t tree) {
	var l endpointv3.ClusterLoadAssignment
	if err := decode(t, &l); err != nil {
		c.unread(where, err)
		return
	}
	c.endpoints[l.ClusterName] = l.Endpoints
}

func (c *collector) secret(where string, t tree) {
	s := &Secret{Name: text(t, "name")}
	s.Where = named(where, s.Name)
	source := child(child(t, "generic_secret"), "secret")
	s.Env = text(source, "environment_variable")
	s.Literal = get(source, "inline_string") != nil || get(source, "inline_bytes") != nil
	c.proxy.Secrets = append(c.proxy.Secrets, s)
}

// served adds a secret that came by SDS: its value is in no file.
func (c *collector) served(where string, t tree) {
	c.proxy.Secrets = append(c.proxy.Secrets, &Secret{Where: where, Name: text(t, "name")})
}

// awaited adds a secret that is to come by SDS.
func (c *collector) awaited(where string, t tree) {
	c.proxy.Secrets = append(c.proxy.Secrets, &Secret{Where: where, Name: text(t, "name"), Awaited: true})
}

// resource adds one resource by its type.
func (c *collector) resource(where string, t tree) {
	_, message, _ := strings.Cut(text(t, typeMember), "/")
	switch message {
	case "envoy.config.listener.v3.Listener":
		c.listener(where, t)
	case "envoy.config.cluster.v3.Cluster":
		c.cluster(where, t)
	case "envoy.config.route.v3.RouteConfiguration":
		c.route(where, t)
	case "envoy.config.core.v3.TypedExtensionConfig":
		c.extension(where, t)
	case "envoy.config.endpoint.v3.ClusterLoadAssignment":
		c.load(where, t)
	case "envoy.extensions.transport_sockets.tls.v3.Secret":
		c.secret(where, t)
	}
}

// finish puts the resources together.
func (c *collector) finish() *Proxy {
	for _, l := range c.listeners {
		c.managers(l)
	}
	for _, cl := range c.proxy.Clusters {
		c.complete(cl)
	}
	return c.proxy
}

// complete adds to a cluster what stands beside it and in its extensions.
func (c *collector) complete(cl *Cluster) {
	cl.Endpoints = cl.LoadAssignment.GetEndpoints()
	service := cl.EdsClusterConfig.GetServiceName()
	if service == "" {
		service = cl.Name
	}
	if e, ok := c.endpoints[service]; ok && len(cl.Endpoints) == 0 {
		cl.Endpoints = e
	}
	if socket := cl.TransportSocket.GetTypedConfig(); socket != nil {
		var context tlsv3.UpstreamTlsContext
		if socket.UnmarshalTo(&context) == nil { // another kind of socket is none of ours
			cl.TLS = &context
		}
	}
	for _, a := range cl.TypedExtensionProtocolOptions {
		var options httpv3.HttpProtocolOptions
		if a.UnmarshalTo(&options) == nil {
			cl.Filters = c.filters(cl.Where, options.HttpFilters)
		}
	}
}

// named adds a resource's name to where it stands, unless it is there.
func named(where, name string) string {
	if name == "" || strings.Contains(where, fmt.Sprintf("%q", name)) {
		return where
	}
	return fmt.Sprintf("%s (%s)", where, name)
}
