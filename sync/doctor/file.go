package doctor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"sigs.k8s.io/yaml"
)

// ReadFile reads a configuration file of Envoy, YAML or JSON: a bootstrap, a file of resources as Envoy watches it, or the
// answer of /config_dump that someone saved. The error names no value.
func ReadFile(name string, content []byte) (*Proxy, error) {
	top, err := parse(content)
	if err != nil {
		return nil, err
	}
	redact(top)
	c := newCollector(name)
	switch {
	case get(top, "configs") != nil:
		c.dump(top)
	case get(top, "resources") != nil:
		for i, r := range children(top, "resources") {
			c.resource(fmt.Sprintf("resources[%d]", i), r)
		}
	case get(top, "static_resources") != nil:
		c.bootstrap(top)
	default:
		return nil, errors.New("holds no static_resources, no resources and no configs: expected a bootstrap with static resources, " +
			"a file of resources, or a saved /config_dump; where everything comes by xDS, look at the running Envoy with --envoy URL")
	}
	return c.finish(), nil
}

func (c *collector) bootstrap(top tree) {
	c.admin(child(child(top, "admin"), "address"))
	resources := child(top, "static_resources")
	for i, t := range children(resources, "listeners") {
		c.listener(fmt.Sprintf("static_resources.listeners[%d]", i), t)
	}
	for i, t := range children(resources, "clusters") {
		c.cluster(fmt.Sprintf("static_resources.clusters[%d]", i), t)
	}
	for i, t := range children(resources, "secrets") {
		c.secret(fmt.Sprintf("static_resources.secrets[%d]", i), t)
	}
}

func (c *collector) admin(t tree) {
	if t == nil {
		return
	}
	var a corev3.Address
	if err := decode(t, &a); err != nil {
		c.unread("admin.address", err)
		return
	}
	c.proxy.Admin = &a
}

// parse reads YAML or JSON into a tree.
func parse(content []byte) (tree, error) {
	text, err := yaml.YAMLToJSON(content)
	if err != nil {
		// The error of the library names a line and may quote what stands there.
		line, _, ok := strings.Cut(strings.TrimPrefix(err.Error(), "yaml: "), ":")
		if !ok || !strings.HasPrefix(line, "line ") {
			return nil, errors.New("is neither YAML nor JSON")
		}
		return nil, fmt.Errorf("is neither YAML nor JSON: %s", line)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, errors.New("is no JSON")
	}
	top, ok := v.(tree)
	if !ok {
		return nil, errors.New("is no object: expected an Envoy configuration")
	}
	return top, nil
}
