package envoyfile

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/sync/publish/envoyconfig"
)

const maxBody = abi.DefaultMaxBodyBytes

// rendered is the file of one deployment, as `routeiq-agent render` prints it.
func rendered(t *testing.T) []byte {
	t.Helper()
	in := &envoyconfig.Input{
		Config: abi.Config{
			Version: abi.ConfigVersion, Role: abi.RoleRouter, Revision: "0123456789ab",
			Groups: []abi.ModelGroup{{Name: "g", Strategy: abi.StrategyRef{Name: abi.DefaultStrategy}, Deployments: []abi.Deployment{{
				ID: "d01", Provider: "openai", Model: "m", Cluster: "routeiq_d01", Credential: "key-1", Authority: "a.test",
				Paths: []abi.APIPath{{API: abi.APIChat, Path: "/v1/chat/completions"}},
			}}}},
			Limits: abi.Limits{MaxBodyBytes: maxBody}, Breaker: abi.DefaultBreaker,
		},
		Clusters:    []abi.Cluster{{Name: "routeiq_d01", Scheme: "http", Host: "127.0.0.1", Port: 8080}},
		Credentials: []abi.Credential{{Name: "key-1", Parts: []abi.CredentialPart{{Header: "authorization", Secret: abi.Secret{Env: "KEY"}}}}},
		Listen:      envoyconfig.Address{Host: "127.0.0.1"}, Admin: envoyconfig.Address{Host: "127.0.0.1"},
		Module: "routeiq.wasm", CABundle: envoyconfig.DefaultCABundle,
	}
	file, err := envoyconfig.File(in, envoyconfig.Head{Source: "a test"})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func plainFile(t *testing.T) []byte {
	t.Helper()
	file, err := Plain(Ports{Listen: 1, Admin: 2, Upstream: 3})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func parse(t *testing.T, config []byte) tree {
	t.Helper()
	var doc tree
	if err := yaml.Unmarshal(config, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// must returns what at found.
func must(t *testing.T, doc tree, path ...any) tree {
	t.Helper()
	m, err := at(doc, path...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestPlainHasTheSameSettings: plain Envoy is the rendered file without the module, and nothing else differs.
func TestPlainHasTheSameSettings(t *testing.T) {
	plain, ours := parse(t, plainFile(t)), parse(t, rendered(t))

	settings := func(doc tree) tree {
		m, err := manager(doc)
		if err != nil {
			t.Fatal(err)
		}
		m = maps.Clone(m)
		for _, own := range []string{"http_filters", "route_config", "stat_prefix"} {
			delete(m, own)
		}
		return m
	}
	a, b := settings(plain), settings(ours)
	line := must(t, b, "access_log", 0, "typed_config", "log_format", "text_format_source")
	text, _ := line["inline_string"].(string)
	head, _, found := strings.Cut(text, `"decision":[`)
	if !found {
		t.Fatalf("the access log has no decision: %s", text)
	}
	line["inline_string"] = head + "\"decision\":[]}\n"
	if !reflect.DeepEqual(a, b) {
		t.Errorf("the connection manager differs.\nplain:    %v\nrendered: %v", a, b)
	}

	for _, part := range [][]any{
		{"overload_manager"},
		{"static_resources", "clusters", 0, "typed_extension_protocol_options"},
		{"static_resources", "clusters", 0, "upstream_connection_options"},
		{"static_resources", "clusters", 0, "circuit_breakers"},
	} {
		if a, b := must(t, plain, part...), must(t, ours, part...); !reflect.DeepEqual(a, b) {
			t.Errorf("%v differs.\nplain:    %v\nrendered: %v", part, a, b)
		}
	}
	limit := func(doc tree) any {
		m, err := manager(doc)
		if err != nil {
			t.Fatal(err)
		}
		return must(t, m, "route_config", "virtual_hosts", 0)["request_body_buffer_limit"]
	}
	if a, b := limit(plain), limit(ours); a != b || a == nil {
		t.Errorf("plain holds bodies up to %v, rendered up to %v", a, b)
	}
	for _, key := range []string{"type", "connect_timeout"} {
		if a, b := must(t, plain, "static_resources", "clusters", 0)[key], must(t, ours, "static_resources", "clusters", 0)[key]; a != b {
			t.Errorf("the cluster's %s is %v in plain, %v rendered", key, a, b)
		}
	}
}

// names lists the names of both lists of filters.
func names(t *testing.T, config []byte) (down, up []string) {
	t.Helper()
	doc := parse(t, config)
	m, err := manager(doc)
	if err != nil {
		t.Fatal(err)
	}
	r, err := router(doc)
	if err != nil {
		t.Fatal(err)
	}
	of := func(list any) (all []string) {
		filters, _ := list.([]any)
		for _, f := range filters {
			name, _ := member(f, "name").(string)
			all = append(all, name)
		}
		return all
	}
	return of(m["http_filters"]), of(r["upstream_http_filters"])
}

func TestVariants(t *testing.T) {
	file := rendered(t)
	down, up := names(t, file)
	if down[0] != "router" || up[0] != "adapter" {
		t.Fatalf("the rendered file has the filters %v and %v", down, up)
	}
	for name, c := range map[string]struct {
		make     func([]byte) ([]byte, error)
		down, up []string // instead of the first of each
	}{
		"native": {Native, []string{"next"}, []string{"credential"}},
		"with another module": {
			func(file []byte) ([]byte, error) { return NativeWith(file, "other.wasm") },
			[]string{"other", "next"}, []string{"other", "credential"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			changed, err := c.make(file)
			if err != nil {
				t.Fatal(err)
			}
			gotDown, gotUp := names(t, changed)
			wantDown, wantUp := append(c.down, down[1:]...), append(c.up, up[1:]...)
			if !slices.Equal(gotDown, wantDown) || !slices.Equal(gotUp, wantUp) {
				t.Errorf("filters %v and %v, expected %v and %v", gotDown, gotUp, wantDown, wantUp)
			}
			if _, err := c.make([]byte("static_resources: {}")); err == nil {
				t.Error("a file without filters is no error")
			}
			if strings.Contains(string(changed), "routeiq.wasm") {
				t.Error("our module is still there")
			}
			if !strings.Contains(string(changed), "routeiq_d01") || !strings.Contains(string(changed), "value: key-1") {
				t.Error("the cluster or the credential is not named")
			}
		})
	}
}
