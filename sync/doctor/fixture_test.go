package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/sync/publish/envoyconfig"
)

// The good configuration has two deployments with keys of the environment, by name and by address, and a mock. Nothing is
// wrong with it.
const (
	goodRevision = "0123456789ab"
	planted      = "sk-planted-and-never-to-be-shown"
)

func input() *envoyconfig.Input {
	said := func(id string) abi.Deployment {
		return abi.Deployment{ID: id, Provider: "openai", Model: "m", Cluster: "routeiq_" + id, Credential: id, Authority: id + ".test", Share: 1,
			Paths: []abi.APIPath{{API: abi.APIChat, Path: "/v1/chat/completions"}}}
	}
	key := func(id, env string) abi.Credential {
		return abi.Credential{Name: id, Parts: []abi.CredentialPart{{Header: "authorization", Prefix: "Bearer ", Secret: abi.Secret{Env: env}}}}
	}
	hello := "hello"
	mock := said("mock")
	mock.Cluster, mock.Credential, mock.Mock = abi.MockCluster, "", &hello
	return &envoyconfig.Input{
		Config: abi.Config{
			Version: abi.ConfigVersion, Role: abi.RoleRouter, Revision: goodRevision,
			Groups: []abi.ModelGroup{{Name: "g", Strategy: abi.StrategyRef{Name: abi.DefaultStrategy}, WhenAllOpen: abi.WhenAllOpenRefuse,
				Deployments: []abi.Deployment{said("one"), said("two"), mock}}},
			ClientKeys: []string{strings.Repeat("0", 64)},
			Limits:     abi.Limits{MaxBodyBytes: abi.DefaultMaxBodyBytes}, Breaker: abi.DefaultBreaker, Retry: abi.DefaultRetry,
			Health: abi.Health{MinModels: abi.DefaultMinModels}, OnError: abi.OnErrorDeny,
		},
		Clusters: []abi.Cluster{
			{Name: "routeiq_one", Scheme: "https", Host: "one.test", Port: 443},
			{Name: "routeiq_two", Scheme: "http", Host: "192.0.2.7", Port: 8080},
		},
		Credentials: []abi.Credential{key("one", "ONE_KEY"), key("two", "TWO_KEY")},
		Listen:      envoyconfig.Address{Host: "0.0.0.0", Port: 10000}, Admin: envoyconfig.Address{Host: "127.0.0.1", Port: 9901},
		Module: "/opt/routeiq.wasm", CABundle: envoyconfig.DefaultCABundle,
	}
}

// goodFile is the rendered file as a tree, to be broken.
func goodFile(t *testing.T, in *envoyconfig.Input) tree {
	t.Helper()
	text, err := envoyconfig.File(in, envoyconfig.Head{Source: "a test"})
	if err != nil {
		t.Fatal(err)
	}
	var top tree
	if err := yaml.Unmarshal(text, &top); err != nil {
		t.Fatal(err)
	}
	return top
}

// read puts a tree back into a file and reads it as doctor does.
func read(t *testing.T, top tree) *Proxy {
	t.Helper()
	text, err := yaml.Marshal(top)
	if err != nil {
		t.Fatal(err)
	}
	p, err := ReadFile("envoy.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// module is a WebAssembly module by hand: it imports env.proxy_log, and exports the marker and a callback.
func module() []byte {
	name := func(s string) string { return string(rune(len(s))) + s }
	section := func(id byte, content string) string { return string([]byte{id, byte(len(content))}) + content }
	return []byte("\x00asm\x01\x00\x00\x00" +
		section(1, "\x01\x60\x00\x00") + // one type: func()
		section(2, "\x01"+name("env")+name("proxy_log")+"\x00\x00") +
		section(3, "\x01\x00") + // one function of that type
		section(7, "\x02"+name(marker)+"\x00\x01"+name("proxy_on_request_body")+"\x00\x01") +
		section(10, "\x01\x02\x00\x0b")) // its body: end
}

// goodSubject is all there is to look at, with nothing wrong.
func goodSubject(t *testing.T) *Subject {
	t.Helper()
	m, err := ReadModule(context.Background(), "given.wasm", module())
	if err != nil {
		t.Fatal(err)
	}
	config := input().Config
	now := time.Now()
	return &Subject{
		Module:   m,
		Source:   &Source{Origin: "config.yaml", Revisions: []string{goodRevision}, Config: config},
		Agent:    &Agent{Origin: "http://127.0.0.1:4002", Revision: goodRevision, Date: now.Truncate(time.Second), Asked: now, Answer: now},
		Database: &Database{Origin: "agent.db", Compared: true, Schema: 3, Build: 3, Active: []string{goodRevision}},
		Getenv: func(name string) (string, bool) {
			return planted, name == "ONE_KEY" || name == "TWO_KEY"
		},
		Read: func(path string) ([]byte, error) {
			if path == "/opt/routeiq.wasm" {
				return module(), nil
			}
			return nil, errors.New("no such file")
		},
	}
}

// live makes a proxy of a file one that runs.
func live(p *Proxy) *Proxy {
	now := time.Now()
	p.Live = &Live{Version: "1.40.0", LogLevels: map[string]string{"wasm": "info", "http": "info"}, Stats: map[string]uint64{},
		Date: now.Truncate(time.Second), Asked: now, Answer: now}
	return p
}

// Where things stand in the rendered file.
const (
	manager   = "static_resources.listeners[0].filter_chains[0].filters[0].typed_config"
	routerP   = manager + ".http_filters[0].typed_config.config"
	attemptsP = manager + ".http_filters[2].typed_config.upstream_http_filters"
	adapterP  = attemptsP + "[0].typed_config.config"
	hostP     = manager + ".route_config.virtual_hosts[0]"
	routeP    = hostP + ".routes[0].route"
	retryP    = routeP + ".retry_policy"
	nextP     = routeP + ".inline_cluster_specifier_plugin.extension.typed_config.cluster_matcher.matcher_tree"
	clustersP = "static_resources.clusters"
	secretsP  = "static_resources.secrets"
)

var step = regexp.MustCompile(`^([^.\[]+)|^\[(\d+)\]|^\.`)

// change replaces what stands at a path by what f makes of it; nil takes it out.
func change(t *testing.T, top tree, path string, f func(any) any) {
	t.Helper()
	var steps []any
	for rest := path; rest != ""; {
		m := step.FindStringSubmatch(rest)
		if m == nil {
			t.Fatalf("%s: cannot be read at %q", path, rest)
		}
		rest = rest[len(m[0]):]
		switch {
		case m[1] != "":
			steps = append(steps, m[1])
		case m[2] != "":
			i, err := strconv.Atoi(m[2])
			if err != nil {
				t.Fatal(err)
			}
			steps = append(steps, i)
		}
	}
	var walk func(v any, steps []any) any
	walk = func(v any, steps []any) any {
		if len(steps) == 0 {
			return f(v)
		}
		switch s := steps[0].(type) {
		case string:
			object, ok := v.(tree)
			if !ok {
				t.Fatalf("%s: %q is of no object", path, s)
			}
			if m := walk(object[s], steps[1:]); m == nil {
				delete(object, s)
			} else {
				object[s] = m
			}
		case int:
			list, ok := v.([]any)
			if !ok || s >= len(list) {
				t.Fatalf("%s: there is no [%d]", path, s)
			}
			if m := walk(list[s], steps[1:]); m == nil {
				return append(list[:s:s], list[s+1:]...)
			} else {
				list[s] = m
			}
		}
		return v
	}
	walk(top, steps)
}

func set(path string, value any) func(*testing.T, tree) {
	return func(t *testing.T, top tree) { change(t, top, path, func(any) any { return value }) }
}

// remove takes out what must be there.
func remove(path string) func(*testing.T, tree) {
	return func(t *testing.T, top tree) {
		change(t, top, path, func(v any) any {
			if v == nil {
				t.Fatalf("%s: is not there", path)
			}
			return nil
		})
	}
}

// edit changes the router's document.
func edit(f func(c *abi.Config)) func(*testing.T, tree) {
	return func(t *testing.T, top tree) {
		change(t, top, routerP+".configuration.value", func(v any) any {
			c, err := abi.Parse([]byte(v.(string)))
			if err != nil {
				t.Fatal(err)
			}
			f(c)
			text, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		})
	}
}
