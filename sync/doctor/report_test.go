package doctor

import (
	"context"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

func pemOf(s *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

// TestNothingGiven: what was not looked at is said, with every check that was left out.
func TestNothingGiven(t *testing.T) {
	r := Examine(context.Background(), &Subject{})
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, c := range Checks {
		if len(c.Needs) > 0 && !strings.Contains(text.String(), c.ID) {
			t.Errorf("%s was left out, and it is not said:\n%s", c.ID, text.String())
		}
	}
	if len(r.Findings) > 0 || !r.Good(true) {
		t.Errorf("got %v", r.Findings)
	}
	failed := Examine(context.Background(), &Subject{Failed: []Failure{{PartModule, "m.wasm", os.ErrNotExist}}})
	if failed.Good(false) || !slices.ContainsFunc(failed.Unlooked, func(u Unlooked) bool {
		return u.What == string(PartModule) && strings.HasPrefix(u.Why, "it could not be read; left out: capabilities, module-hash")
	}) {
		t.Errorf("got %+v", failed)
	}
}

// TestOrder: the worst stands first, and what names hold does not move the terminal.
func TestOrder(t *testing.T) {
	r := &Report{Findings: []Finding{{ID: "a", Severity: Info, What: "x\x1b[2J\ny"}, {ID: "b", Severity: Error}, {ID: "c", Severity: Warning}, {ID: "d", Severity: Error}}}
	r.sort()
	var ids string
	for _, f := range r.Findings {
		ids += f.ID
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if ids != "bdca" || !strings.Contains(text.String(), "x?[2J?y") || !strings.HasSuffix(text.String(), "errors: 2, warnings: 1, infos: 1\n") {
		t.Errorf("got %s\n%s", ids, text.String())
	}
}

// TestFiles: what a person may give, and that an error about it shows nothing of what stands there.
func TestFiles(t *testing.T) {
	good, err := yaml.Marshal(goodFile(t, input()))
	if err != nil {
		t.Fatal(err)
	}
	camel := strings.NewReplacer("static_resources:", "staticResources:", "filter_chains:", "filterChains:", "\n          http_filters:", "\n          httpFilters:").Replace(string(good))
	listeners := child(goodFile(t, input()), "static_resources")["listeners"].([]any)[0].(tree)
	listeners[typeMember] = "type.googleapis.com/envoy.config.listener.v3.Listener"
	watched, err := yaml.Marshal(tree{"resources": []any{listeners}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		plugins    int
		err        string
	}{
		{"as rendered", string(good), 2, ""},
		{"in camel case", camel, 2, ""},
		{"with a member of tomorrow", strings.Replace(string(good), "stat_prefix: routeiq", "stat_prefix: routeiq\n          tomorrow: 1", 1), 2, ""},
		{"with an extension of someone else", strings.Replace(string(good), "          stat_prefix: routeiq",
			"          stat_prefix: routeiq\n          tracing: {provider: {name: t, typed_config: {'@type': type.googleapis.com/not.there.v9.Tracer, x: {y: 1}}}}", 1), 2, ""},
		{"resources", string(watched), 2, ""},
		{"no YAML", "a: [" + planted, 0, "neither YAML nor JSON"},
		{"a text", planted, 0, "no object"},
		{"something else", "model_list: []", 0, "no static_resources"},
		{"of a wrong type", "static_resources: {clusters: [{name: {a: " + planted + "}}]}", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := ReadFile("f", []byte(c.text))
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), planted) {
					t.Errorf("got %v, expected %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if n := len(p.plugins()); n != c.plugins {
				t.Errorf("%d plugins, expected %d; unread: %v", n, c.plugins, p.Unread)
			}
			if (len(p.Unread) > 0) != (c.name == "of a wrong type") {
				t.Errorf("unread: %v", p.Unread)
			}
			for _, u := range p.Unread {
				if strings.Contains(u.Why+u.What, planted) {
					t.Errorf("a secret is shown: %v", u)
				}
			}
		})
	}
}

// TestTypedStruct: a control plane that does not link wasm wraps the plugin, and it is found all the same.
func TestTypedStruct(t *testing.T) {
	top := goodFile(t, input())
	change(t, top, manager+".http_filters[0].typed_config", func(v any) any {
		inner := v.(tree)
		url := inner[typeMember]
		delete(inner, typeMember)
		return tree{typeMember: wrappers[1], "type_url": url, "value": inner}
	})
	if p := read(t, top); len(p.Managers) != 1 || p.Managers[0].router() == nil || p.Managers[0].router().Revision != goodRevision {
		t.Errorf("got %+v", p.Managers)
	}
}

// TestSecretsAreNotHeld: no value of a secret is left in what was read.
func TestSecretsAreNotHeld(t *testing.T) {
	top := goodFile(t, input())
	set(secretsP+"[0].generic_secret.secret", tree{"inline_string": planted})(t, top)
	set(secretsP+"[1]", tree{"name": "tls", "tls_certificate": tree{"private_key": tree{"inline_string": planted}, "password": tree{"inline_bytes": planted}}})(t, top)
	set(routerP+".vm_config.environment_variables", tree{"key_values": tree{"A": planted}})(t, top)
	set(hostP+".request_headers_to_add", []any{tree{"header": tree{"key": "x-api-key", "value": planted}}})(t, top)
	redact(top)
	if text, err := yaml.Marshal(top); err != nil || strings.Contains(string(text), planted) {
		t.Errorf("a secret is left, %v", err)
	}
}

// TestModule: what is no module of ours is refused, by what it is.
func TestModule(t *testing.T) {
	m, err := ReadModule(context.Background(), "m", module())
	if err != nil || strings.Join(m.Imports, " ") != "proxy_log" || strings.Join(m.Exports, " ") != marker+" proxy_on_request_body" {
		t.Errorf("got %+v, %v", m, err)
	}
	for _, c := range []struct{ text, says string }{{"not wasm", "no WebAssembly"}, {"\x00asm\x01\x00\x00\x00", marker}} {
		if _, err := ReadModule(context.Background(), "m", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: got %v", c.text, err)
		}
	}
}

// TestAgent: its status is read with the key, and no error shows the key.
func TestAgent(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/config/status" || r.Header.Get("x-admin-api-key") != planted {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"revision":"0123456789ab","last_error":{"step":"parse","reason":"line 3","since":"2026-11-25T00:00:00Z"},"more":1}`))
	}))
	defer s.Close()
	a, err := ReadAgent(context.Background(), s.Client(), s.URL+"/", planted)
	if err != nil || a.Revision != goodRevision || !strings.Contains(a.Failure, "step parse") || !strings.Contains(a.Failure, "line 3") || a.Date.IsZero() {
		t.Errorf("got %+v, %v", a, err)
	}
	for _, url := range []string{s.URL, "http://user:" + planted + "@127.0.0.1:1", "ftp://x", "http://127.0.0.1:1/?token=" + planted} {
		_, err := ReadAgent(context.Background(), s.Client(), url, planted+"-wrong")
		if err == nil || strings.Contains(err.Error(), planted) {
			t.Errorf("%v", err)
		}
	}
}

// row is a line of the table in docs/doctor.md.
var row = regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| (\\w+) \\| (.*) \\| (.*) \\|$")

// TestDocs: docs/doctor.md lists every check, and nothing else.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := row.FindAllStringSubmatch(string(text), -1)
	if len(rows) != len(Checks) {
		t.Errorf("%d rows, expected %d", len(rows), len(Checks))
	}
	var expected strings.Builder
	for i, c := range Checks {
		var needs []string
		for _, p := range c.Needs {
			needs = append(needs, string(p))
		}
		line := "| `" + c.ID + "` | " + string(c.Severity) + " | " + c.Says + " | " + strings.Join(needs, ", ") + " |"
		expected.WriteString(line + "\n")
		if i >= len(rows) || rows[i][0] != line {
			t.Errorf("%s: the row differs", c.ID)
		}
	}
	if t.Failed() {
		t.Logf("expected:\n%s", expected.String())
	}
}
