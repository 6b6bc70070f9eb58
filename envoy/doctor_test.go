package envoy

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/routeiq/routeiq/envoy/envoytest"
	"github.com/routeiq/routeiq/plugins/litellm"
	"github.com/routeiq/routeiq/sync/doctor"
	"github.com/routeiq/routeiq/sync/publish/envoyconfig"
)

// tree is a configuration as encoding/json reads it.
type tree = map[string]any

const patientKey = "sk-of-the-patient"

// patient is a good file for our own module, and its source; each upstream is the URL of one.
func patient(t *testing.T, upstream string) (tree, *doctor.Source) {
	t.Helper()
	c, err := litellm.Compile(litellm.Source{
		Path: "config.yaml",
		Read: func(string) ([]byte, error) {
			return []byte(`
model_list:
  - {model_name: chat, model_info: {id: one}, litellm_params: {model: openai/m, api_base: "` + upstream + `/v1", api_key: os.environ/ONE_KEY}}
  - {model_name: mocked, litellm_params: {model: openai/m, mock_response: hello}}
general_settings: {master_key: sk-client}
`), nil
		},
		Getenv: patientEnv,
	})
	if err != nil {
		t.Fatal(err)
	}
	file := render(t, &envoyconfig.Input{
		Config: c.Config, Clusters: c.Clusters, Credentials: c.Credentials,
		Listen: envoyconfig.Address{Host: "127.0.0.1"}, Admin: envoyconfig.Address{Host: "127.0.0.1"},
		Module: envoytest.Module(t), CABundle: envoyconfig.DefaultCABundle,
	})
	var top tree
	if err := yaml.Unmarshal(file, &top); err != nil {
		t.Fatal(err)
	}
	return top, &doctor.Source{Origin: "config.yaml", Config: c.Config, Revisions: []string{c.Config.Revision}}
}

func patientEnv(name string) (string, bool) { return patientKey, name == "ONE_KEY" }

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	text, err := yaml.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// in walks down a configuration: texts are members, numbers are places in a list.
func in(v any, steps ...any) tree {
	for _, s := range steps {
		switch s := s.(type) {
		case string:
			v = v.(tree)[s]
		case int:
			v = v.([]any)[s]
		}
	}
	return v.(tree)
}

// examined looks at a proxy and returns the ids it found, sorted, and the whole report as text.
func examined(t *testing.T, s *doctor.Source, p *doctor.Proxy, upstreams *doctor.Upstreams) (string, string) {
	t.Helper()
	path := envoytest.Module(t)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	module, err := doctor.ReadModule(context.Background(), path, text)
	if err != nil {
		t.Fatal(err)
	}
	report := doctor.Examine(context.Background(), &doctor.Subject{
		Proxies: []*doctor.Proxy{p}, Module: module, Source: s, Upstreams: upstreams, Getenv: patientEnv, Read: os.ReadFile,
	})
	var ids []string
	for _, f := range report.Findings {
		ids = append(ids, f.ID)
	}
	slices.Sort(ids)
	var said strings.Builder
	if err := report.WriteText(&said); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(said.String(), patientKey) {
		t.Errorf("a key is shown:\n%s", said.String())
	}
	for _, u := range report.Unlooked {
		if strings.HasPrefix(u.What, p.Origin) {
			t.Errorf("something could not be read: %v", u)
		}
	}
	return strings.Join(ids, " "), said.String()
}

// asked reads a running Envoy as doctor does.
func asked(t *testing.T, e *envoytest.Envoy) *doctor.Proxy {
	t.Helper()
	p, err := doctor.ReadAdmin(context.Background(), http.DefaultClient, e.AdminURL)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestDoctorGood: a running Envoy with the rendered file has nothing, and all of it could be looked at; nor has what its admin
// listener answered, saved to a file. An upstream that is gone is told of.
func TestDoctorGood(t *testing.T) {
	up := newUpstream(t, says(200, "ok"))
	top, source := patient(t, up.URL)
	e := envoytest.Start(t, marshal(t, top), envoytest.Options{Env: []string{"ONE_KEY=" + patientKey}})
	p := asked(t, e)
	if p.Live.Date.IsZero() || p.Live.LogLevels["wasm"] != "info" || len(p.Live.Stats) == 0 {
		t.Errorf("Envoy told %+v", p.Live)
	}
	if ids, said := examined(t, source, p, &doctor.Upstreams{}); ids != "" {
		t.Errorf("found %s:\n%s", ids, said)
	}
	saved, err := doctor.ReadFile("saved.json", []byte(e.Admin("/config_dump?include_eds")))
	if err != nil {
		t.Fatal(err)
	}
	if ids, said := examined(t, source, saved, nil); ids != "" || len(saved.Managers) != 1 || len(saved.Secrets) != 1 {
		t.Errorf("found %s:\n%s", ids, said)
	}
	up.Close()
	if ids, said := examined(t, source, p, &doctor.Upstreams{}); ids != "upstream-silent" || !strings.Contains(said, "refused") {
		t.Errorf("found %s:\n%s", ids, said)
	}
}

// TestDoctorBroken: what Envoy accepts and does wrong is found in the running one as in its file.
func TestDoctorBroken(t *testing.T) {
	top, source := patient(t, refused)
	manager := in(top, "static_resources", "listeners", 0, "filter_chains", 0, "filters", 0, "typed_config")
	route := in(manager, "route_config", "virtual_hosts", 0, "routes", 0, "route")
	delete(route, "timeout")
	delete(in(route, "retry_policy"), "refresh_cluster_on_retry")
	delete(in(manager, "route_config", "virtual_hosts", 0), "request_body_buffer_limit")
	delete(in(manager, "http_filters", 0, "typed_config", "config"), "allow_on_headers_stop_iteration")
	for _, c := range in(top, "static_resources")["clusters"].([]any) {
		delete(c.(tree), "circuit_breakers")
	}
	secret := in(top, "static_resources", "secrets", 0)
	secret["generic_secret"] = tree{"secret": tree{"inline_string": patientKey}}
	const expected = "body-limit headers-stop key-literal retry-cluster retry-thresholds route-timeout"

	text := marshal(t, top)
	file, err := doctor.ReadFile("envoy.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	if ids, said := examined(t, source, file, nil); ids != expected {
		t.Errorf("in the file: found %s, expected %s:\n%s", ids, expected, said)
	}
	e := envoytest.Start(t, text, envoytest.Options{LogLevel: "debug"})
	if ids, said := examined(t, source, asked(t, e), nil); ids != strings.Replace(expected, "retry-cluster", "log-level retry-cluster", 1) {
		t.Errorf("in Envoy: found %s, expected %s and log-level:\n%s", ids, expected, said)
	}
}

// TestDoctorDynamic: what comes by xDS is read as what stands in the file, and an update that Envoy refused is told of.
func TestDoctorDynamic(t *testing.T) {
	top, source := patient(t, refused)
	folder := t.TempDir()
	put := func(name, kind string, resource tree) tree {
		resource["@type"] = "type.googleapis.com/" + kind
		replace(t, filepath.Join(folder, name), marshal(t, tree{"resources": []any{resource}}))
		return tree{"path_config_source": tree{"path": filepath.Join(folder, name)}, "resource_api_version": "V3"}
	}
	static := in(top, "static_resources")
	listener := in(static, "listeners", 0)
	manager := in(listener, "filter_chains", 0, "filters", 0, "typed_config")

	filter := in(manager, "http_filters", 0)
	extension := func() tree { return tree{"name": "router", "typed_config": filter["typed_config"]} }
	wasm := in(filter, "typed_config")["@type"]
	from := put("ecds.yaml", "envoy.config.core.v3.TypedExtensionConfig", extension())
	manager["http_filters"].([]any)[0] = tree{"name": "router", "config_discovery": tree{"config_source": from, "type_urls": []any{wasm}}}

	routes := in(manager, "route_config")
	manager["rds"] = tree{"route_config_name": routes["name"], "config_source": put("rds.yaml", "envoy.config.route.v3.RouteConfiguration", routes)}
	delete(manager, "route_config")

	attempts := in(manager, "http_filters", 2, "typed_config")["upstream_http_filters"].([]any)
	one := in(attempts[1], "typed_config", "xds_matcher", "matcher_tree", "exact_match_map", "map", "one", "action", "typed_config", "typed_config", "typed_config")
	value := in(static, "secrets", 0)
	value["generic_secret"] = tree{"secret": tree{"inline_string": patientKey}}
	in(one, "credential", "typed_config", "credential")["sds_config"] = put("sds.yaml", "envoy.extensions.transport_sockets.tls.v3.Secret", value)
	delete(static, "secrets")

	top["node"] = tree{"id": "patient", "cluster": "patients"}
	top["dynamic_resources"] = tree{"lds_config": put("lds.yaml", "envoy.config.listener.v3.Listener", listener)}
	delete(static, "listeners")

	e := envoytest.Start(t, marshal(t, top), envoytest.Options{})
	if ids, said := examined(t, source, asked(t, e), nil); ids != "" {
		t.Fatalf("found %s:\n%s", ids, said)
	}

	const counter = "extension_config_discovery.http_filter.router.update_rejected"
	document := in(filter, "typed_config", "config", "configuration")
	document["value"] = `{"version":1,"role":"router"}`
	put("ecds.yaml", "envoy.config.core.v3.TypedExtensionConfig", extension())
	awaitStat(t, e, counter, 1)
	// Envoy's dump shows of ECDS what came last, refused or not: so the document is told of, too.
	ids, said := examined(t, source, asked(t, e), nil)
	if ids != "document-refused stale-revision update-refused" || !strings.Contains(said, strings.TrimSuffix(counter, ".update_rejected")) {
		t.Errorf("found %s, expected also update-refused:\n%s", ids, said)
	}
}

// replace puts a file in the place of another, as Envoy watches for.
func replace(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// TestDoctorNoEnvoy: what is not Envoy's admin listener is said to be none.
func TestDoctorNoEnvoy(t *testing.T) {
	other := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		if err := json.NewEncoder(w).Encode("hello"); err != nil {
			t.Error(err)
		}
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	for url, expected := range map[string]string{other.URL: "admin listener", "http://" + l.Addr().String(): "refused", "127.0.0.1:9901": "http://HOST:PORT"} {
		if _, err := doctor.ReadAdmin(context.Background(), http.DefaultClient, url); err == nil || !strings.Contains(err.Error(), expected) {
			t.Errorf("%s: got %v, expected %q", url, err, expected)
		}
	}
}
