// Package envoyfile makes the Envoy configurations the benchmark compares: plain Envoy, and what is left of a rendered
// file when one part of it after the other is taken out, which shows where the time goes.
package envoyfile

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"text/template"

	"go.yaml.in/yaml/v3"

	"github.com/routeiq/routeiq/abi"
)

// Ports are those of a configuration, all on 127.0.0.1.
type Ports struct{ Listen, Admin, Upstream int }

//go:embed plain.yaml
var plain string

var plainTemplate = template.Must(template.New("plain.yaml").Parse(plain))

// Plain returns a configuration without our module.
func Plain(p Ports) ([]byte, error) {
	var b bytes.Buffer
	err := plainTemplate.Execute(&b, p)
	return b.Bytes(), err
}

// tree is a YAML mapping.
type tree = map[string]any

// edit parses a configuration, changes it, and writes it again.
func edit(config []byte, change func(tree) error) ([]byte, error) {
	var doc tree
	if err := yaml.Unmarshal(config, &doc); err != nil {
		return nil, fmt.Errorf("envoyfile: %w", err)
	}
	if err := change(doc); err != nil {
		return nil, fmt.Errorf("envoyfile: %w", err)
	}
	return yaml.Marshal(doc)
}

// at walks down to a mapping: a string names a member, an int an element.
func at(doc tree, path ...any) (tree, error) {
	var here any = doc
	for i, step := range path {
		switch step := step.(type) {
		case string:
			here = member(here, step)
		case int:
			list, _ := here.([]any)
			if step >= len(list) {
				return nil, fmt.Errorf("%v: has %d elements", path[:i+1], len(list))
			}
			here = list[step]
		}
	}
	m, ok := here.(tree)
	if !ok {
		return nil, fmt.Errorf("%v is %T, expected a mapping", path, here)
	}
	return m, nil
}

func member(of any, name string) any {
	m, _ := of.(tree)
	return m[name]
}

// manager is the connection manager of the first listener.
func manager(doc tree) (tree, error) {
	return at(doc, "static_resources", "listeners", 0, "filter_chains", 0, "filters", 0, "typed_config")
}

// router is Envoy's router filter: the last one of the manager.
func router(doc tree) (tree, error) {
	m, err := manager(doc)
	if err != nil {
		return nil, err
	}
	filters, _ := m["http_filters"].([]any)
	return at(m, "http_filters", len(filters)-1, "typed_config")
}

// replace puts other filters in the place of the one with a name, in the list that key names.
func replace(of tree, key, name string, with ...any) error {
	list, _ := of[key].([]any)
	for i, f := range list {
		if member(f, "name") == name {
			of[key] = append(append(append([]any{}, list[:i]...), with...), list[i+1:]...)
			return nil
		}
	}
	return fmt.Errorf("%s: none of %d filters is named %s", key, len(list), name)
}

// Native puts Envoy's own filters in the place of the module: they name the first cluster and the first credential of the
// file, always. What is left is what the file asks of Envoy beside the module.
func Native(config []byte) ([]byte, error) {
	return edit(config, func(doc tree) error { return native(doc) })
}

// NativeWith is Native with another module in both of our module's places, without a plugin configuration.
func NativeWith(config []byte, module string) ([]byte, error) {
	return edit(config, func(doc tree) error { return native(doc, wasm(module)) })
}

// native puts filters of Envoy's own, and those given before them, in the module's two places.
func native(doc tree, before ...any) error {
	m, err1 := manager(doc)
	r, err2 := router(doc)
	cluster, err3 := at(doc, "static_resources", "clusters", 0)
	secret, err4 := at(doc, "static_resources", "secrets", 0)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	next, credential := setNext(cluster["name"]), setHeader(abi.HeaderCredential, secret["name"])
	return errors.Join(
		replace(m, "http_filters", string(abi.RoleRouter), append(before[:len(before):len(before)], next)...),
		replace(r, "upstream_http_filters", string(abi.RoleAdapter), append(before[:len(before):len(before)], credential)...),
	)
}

const typeURL = "type.googleapis.com/envoy.extensions.filters.http."

func setNext(cluster any) tree {
	return tree{"name": "next", "typed_config": tree{
		"@type": typeURL + "set_filter_state.v3.Config",
		"on_request_headers": []any{tree{
			"object_key": abi.FilterStatePrefix + abi.PropertyNext, "factory_key": "envoy.string",
			"format_string": tree{"text_format_source": tree{"inline_string": cluster}},
		}},
		"clear_route_cache": true, // the route was chosen before there was a cluster to choose
	}}
}

func setHeader(name string, value any) tree {
	return tree{"name": "credential", "typed_config": tree{
		"@type": typeURL + "header_mutation.v3.HeaderMutation",
		"mutations": tree{"request_mutations": []any{
			tree{"append": tree{"header": tree{"key": name, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}},
		}},
	}}
}

func wasm(module string) tree {
	return tree{"name": "other", "typed_config": tree{
		"@type": typeURL + "wasm.v3.Wasm",
		"config": tree{
			"name": "other", "root_id": "other", "allow_on_headers_stop_iteration": true,
			"vm_config": tree{"vm_id": "other", "runtime": "envoy.wasm.runtime.v8", "code": tree{"local": tree{"filename": module}}},
		},
	}}
}
