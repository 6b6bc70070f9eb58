package doctor

import "fmt"

// kinds say where the resources of a /config_dump stand: in which section, in which list, and under which names within one of
// it. error_state, where it is, tells of an update that Envoy refused.
var kinds = []struct {
	section, list string
	inside        []string
	add           func(c *collector, where string, t tree)
	called        string
}{
	{"ListenersConfigDump", "static_listeners", []string{"listener"}, (*collector).listener, "listener"},
	{"ListenersConfigDump", "dynamic_listeners", []string{"active_state", "listener"}, (*collector).listener, "listener"},
	{"ClustersConfigDump", "static_clusters", []string{"cluster"}, (*collector).cluster, "cluster"},
	{"ClustersConfigDump", "dynamic_active_clusters", []string{"cluster"}, (*collector).cluster, "cluster"},
	{"RoutesConfigDump", "dynamic_route_configs", []string{"route_config"}, (*collector).route, "route configuration"},
	{"SecretsConfigDump", "static_secrets", []string{"secret"}, (*collector).secret, "secret"},
	{"SecretsConfigDump", "dynamic_active_secrets", []string{"secret"}, (*collector).served, "secret"},
	{"SecretsConfigDump", "dynamic_warming_secrets", nil, (*collector).awaited, "secret"},
	{"EcdsConfigDump", "ecds_filters", []string{"ecds_filter"}, (*collector).extension, "extension"},
	{"EndpointsConfigDump", "static_endpoint_configs", []string{"endpoint_config"}, (*collector).load, "endpoints"},
	{"EndpointsConfigDump", "dynamic_endpoint_configs", []string{"endpoint_config"}, (*collector).load, "endpoints"},
}

const dumpPrefix = "type.googleapis.com/envoy.admin.v3."

// dump reads the answer of /config_dump?include_eds.
func (c *collector) dump(top tree) {
	for _, section := range children(top, "configs") {
		if text(section, typeMember) == dumpPrefix+"BootstrapConfigDump" {
			c.admin(child(child(child(section, "bootstrap"), "admin"), "address"))
			continue
		}
		for _, k := range kinds {
			if text(section, typeMember) != dumpPrefix+k.section {
				continue
			}
			for _, entry := range children(section, k.list) {
				c.entry(entry, k.inside, k.add, k.called)
			}
		}
	}
}

// entry reads one entry of a list of a dump.
func (c *collector) entry(entry tree, inside []string, add func(*collector, string, tree), called string) {
	resource := entry
	for _, name := range inside {
		resource = child(resource, name)
	}
	name := text(entry, "name")
	for _, member := range []string{"name", "cluster_name"} {
		if name == "" {
			name = text(resource, member)
		}
	}
	where := fmt.Sprintf("%s %q", called, name)
	if state := child(entry, "error_state"); state != nil {
		c.proxy.Refused = append(c.proxy.Refused, Refusal{Where: where, Details: text(state, "details")})
	}
	if resource != nil {
		add(c, where, resource)
	}
}
