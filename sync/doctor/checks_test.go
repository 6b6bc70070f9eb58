package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
)

// broken is a good configuration that was broken on purpose, and the finding it must give: exactly that, so many times.
type broken struct {
	id, name string
	severity Severity
	file     func(*testing.T, tree) // breaks the file
	look     func(*Subject)         // breaks what stands beside
	running  func(*Proxy)           // breaks what a running Envoy tells
	where    string                 // must stand in where
	says     string                 // must stand in what
	times    int                    // 0: once
}

// protocolOptions is the type of a cluster's extension that holds filters of its own, and its name.
const protocolOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"

const firstListener = "static_resources.listeners[0].filter_chains[0].filters[0]"

var all = []broken{
	{id: "unreadable", name: "a source", severity: Error, look: func(s *Subject) {
		s.Failed = []Failure{{PartSource, "s3://bucket/config.yaml", errors.New("403")}}
	}, where: "s3://bucket/config.yaml", says: "403"},
	{id: "no-plugin", name: "none", severity: Error, file: func(t *testing.T, top tree) {
		remove(manager+".http_filters[0]")(t, top)
		set(manager+".http_filters[1].typed_config.upstream_http_filters", nil)(t, top)
	}, where: "envoy.yaml"},
	{id: "update-refused", name: "a listener", severity: Error, running: func(p *Proxy) {
		p.Refused = []Refusal{{`listener "routeiq"`, "no such filter"}}
	}, where: `listener "routeiq"`, says: "no such filter"},
	{id: "update-refused", name: "counted", severity: Warning, running: func(p *Proxy) {
		p.Live.Stats["sds.one.update_rejected"], p.Live.Stats["sds.two.update_rejected"] = 2, 0
	}, where: "sds.one"},

	{id: "envoy-version", name: "no failover", severity: Error, running: func(p *Proxy) { p.Live.Version = "1.38.2" }, says: "first choice"},
	{id: "envoy-version", name: "bodies hang", severity: Error, running: func(p *Proxy) { p.Live.Version = "1.34.0-dev" }, says: "hang"},
	{id: "envoy-version", name: "unknown", severity: Warning, running: func(p *Proxy) { p.Live.Version = "" }},
	{id: "headers-stop", name: "router", severity: Error, file: remove(routerP + ".allow_on_headers_stop_iteration"), where: firstListener + ".http_filters[0]"},
	{id: "headers-stop", name: "adapter", severity: Error, file: set(adapterP+".allow_on_headers_stop_iteration", false), where: "http_filters[2] (envoy.filters.http.router).upstream.http_filters[0]"},
	{id: "vm-differs", name: "id", severity: Error, file: set(adapterP+".vm_config.vm_id", "other"), where: "(adapter)", says: `"other"`},
	{id: "vm-differs", name: "code", severity: Error, file: set(adapterP+".vm_config.code.local", tree{"inline_string": "x"}), where: "(adapter)", says: "code"},
	{id: "vm-differs", name: "runtime", severity: Error, file: set(adapterP+".vm_config.runtime", "envoy.wasm.runtime.wamr"), says: "vm_config"},
	{id: "failure-policy", name: "none", severity: Warning, file: remove(routerP + ".failure_policy")},
	{id: "failure-policy", name: "open", severity: Error, file: set(routerP+".failure_policy", "FAIL_OPEN")},
	{id: "failure-policy", name: "open, old", severity: Error, file: set(adapterP+".fail_open", true)},
	{id: "capabilities", name: "an import", severity: Error, file: remove(routerP + ".capability_restriction_config.allowed_capabilities.proxy_log"), says: "proxy_log"},
	{id: "capabilities", name: "a callback", severity: Error, file: remove(routerP + ".capability_restriction_config.allowed_capabilities.proxy_on_request_body"), says: "proxy_on_request_body"},
	{id: "capabilities", name: "no list", severity: Info, file: remove(adapterP + ".capability_restriction_config")},
	{id: "module-hash", name: "a file", severity: Error, look: func(s *Subject) {
		s.Read = func(string) ([]byte, error) { return []byte("another"), nil }
	}, where: "/opt/routeiq.wasm", says: "given.wasm"},
	{id: "module-hash", name: "remote", severity: Error, times: 2, file: func(t *testing.T, top tree) {
		for _, p := range []string{routerP, adapterP} {
			set(p+".vm_config.code", tree{"remote": tree{"sha256": "00", "http_uri": tree{"uri": "http://h/m", "cluster": "c", "timeout": "1s"}}})(t, top)
		}
	}, says: `"00"`},
	{id: "module-failing", name: "counted", severity: Error, running: func(p *Proxy) { p.Live.Stats["wasm.router.vm_reload_failure"] = 2 }, says: "2 times"},

	{id: "document-refused", name: "version", severity: Error, file: func(t *testing.T, top tree) {
		change(t, top, adapterP+".configuration.value", func(any) any { return `{"version":1,"role":"adapter"}` })
	}, says: fmt.Sprintf("version 1, this build reads version %d", abi.ConfigVersion)},
	{id: "document-refused", name: "unknown member", severity: Error, file: func(t *testing.T, top tree) {
		change(t, top, adapterP+".configuration.value", func(any) any {
			return fmt.Sprintf(`{"version":%d,"role":"adapter","api_key":%q}`, abi.ConfigVersion, planted)
		})
	}, says: "api_key"},
	{id: "stale-revision", name: "another", severity: Error, look: func(s *Subject) {
		s.Source.Revisions, s.Source.Config.Revision = []string{"fedcba987654", "eeeeeeeeeeee"}, "fedcba987654"
		s.Agent.Revision = "fedcba987654"
	}, says: `"fedcba987654"`, where: "(router)"},

	{id: "body-limit", name: "none", severity: Error, file: remove(hostP + ".request_body_buffer_limit"), where: "virtual_hosts[0].routes[0]", says: "1048576"},
	{id: "body-limit", name: "short", severity: Error, file: set(hostP+".request_body_buffer_limit", 5000), says: "5000"},
	{id: "body-limit", name: "short in the route", severity: Error, file: set(hostP+".routes[0].per_request_buffer_limit_bytes", 6000), says: "6000"},
	{id: "route-cluster", name: "a fixed one", severity: Error, file: func(t *testing.T, top tree) {
		remove(routeP+".inline_cluster_specifier_plugin")(t, top)
		set(routeP+".cluster", "routeiq_one")(t, top)
	}, where: "routes[0].route"},
	{id: "route-cluster", name: "another property", severity: Error, file: set(nextP+".input.typed_config.key", "wasm.other")},
	{id: "route-timeout", name: "none", severity: Error, file: remove(routeP + ".timeout"), says: "15s"},
	{id: "route-timeout", name: "some", severity: Error, file: set(routeP+".timeout", "60s"), says: "1m0s"},
	{id: "retry-policy", name: "none", severity: Error, file: remove(retryP)},
	{id: "retry-policy", name: "conditions", severity: Error, times: 2, file: set(retryP+".retry_on", "connect-failure"), says: "retry_on lacks"},
	{id: "retry-policy", name: "too many", severity: Warning, file: set(retryP+".retry_on", "reset, connect-failure,retriable-headers,5xx"), says: "5xx"},
	{id: "retry-header", name: "none", severity: Error, file: remove(retryP + ".retriable_headers")},
	{id: "retry-cluster", name: "none", severity: Error, file: remove(retryP + ".refresh_cluster_on_retry")},
	{id: "retry-pause", name: "none", severity: Warning, file: remove(retryP + ".rate_limited_retry_back_off")},
	{id: "retry-idle", name: "none", severity: Warning, file: remove(retryP + ".per_try_idle_timeout")},

	{id: "cluster-missing", name: "one", severity: Error, file: remove(clustersP + "[1]"), says: "routeiq_one"},
	{id: "cluster-unmapped", name: "one", severity: Error, file: remove(nextP + ".exact_match_map.map.routeiq_two"), says: "routeiq_two"},
	{id: "retry-thresholds", name: "none", severity: Error, file: remove(clustersP + "[1].circuit_breakers"), where: "static_resources.clusters[1] (routeiq_one) (3)"},
	{id: "retry-thresholds", name: "of another priority", severity: Error, file: remove(clustersP + "[1].circuit_breakers.thresholds[0]"), where: "(3)"},
	{id: "retry-thresholds", name: "a budget", severity: Error, file: set(clustersP+"[1].circuit_breakers.thresholds[0].retry_budget", tree{}), where: "(3)"},
	{id: "retry-thresholds", name: "connections", severity: Warning, file: remove(clustersP + "[2].circuit_breakers.thresholds[0].max_connections"), where: "routeiq_two"},
	{id: "last-endpoint", name: "none", severity: Warning, file: remove(clustersP + "[2].load_assignment.endpoints[1]"), where: "routeiq_two"},
	{id: "tls-unverified", name: "accepted", severity: Warning, file: set(clustersP+"[1].transport_socket.typed_config.common_tls_context.validation_context", tree{"trust_chain_verification": "ACCEPT_UNTRUSTED"}), where: "routeiq_one"},
	{id: "tls-unverified", name: "nothing said", severity: Warning, file: remove(clustersP + "[1].transport_socket.typed_config.common_tls_context.validation_context")},
	{id: "retries-refused", name: "counted", severity: Warning, running: func(p *Proxy) { p.Live.Stats["cluster.routeiq_one.upstream_rq_retry_overflow"] = 7 }, where: "routeiq_one", says: "7 retries"},

	{id: "adapter-missing", name: "none", severity: Error, file: remove(attemptsP + "[0]"), where: firstListener},
	{id: "adapter-missing", name: "a cluster with its own filters", severity: Error, file: func(t *testing.T, top tree) {
		var cleanup, codec any
		change(t, top, attemptsP, func(v any) any { cleanup, codec = v.([]any)[2], v.([]any)[3]; return v })
		set(clustersP+"[1].typed_extension_protocol_options", tree{protocolOptions: tree{
			typeMember: "type.googleapis.com/" + protocolOptions, "auto_config": tree{}, "http_filters": []any{cleanup, codec}}})(t, top)
	}, where: "static_resources.clusters[1] (routeiq_one)"},
	{id: "credential-missing", name: "no filter", severity: Error, file: remove(attemptsP + "[1]"), says: "one, two"},
	{id: "credential-missing", name: "not in the map", severity: Error, file: remove(attemptsP + "[1].typed_config.xds_matcher.matcher_tree.exact_match_map.map.two"), says: "two"},
	{id: "credential-missing", name: "no secret", severity: Error, file: remove(secretsP + "[1]"), says: "not there: two"},
	{id: "credential-missing", name: "has not come", severity: Error, running: func(p *Proxy) { p.Secrets[0].Awaited = true }, says: "not come yet: one"},
	{id: "header-cleanup", name: "ours", severity: Error, file: remove(attemptsP + "[2].typed_config.mutations.request_mutations[0]"), says: "x-routeiq-"},
	{id: "header-cleanup", name: "Envoy's", severity: Warning, file: remove(attemptsP + "[2].typed_config.mutations.request_mutations[1]"), says: "x-envoy-"},
	{id: "filter-order", name: "the adapter last", severity: Error, file: func(t *testing.T, top tree) {
		change(t, top, attemptsP, func(v any) any {
			list := v.([]any)
			return []any{list[1], list[0], list[2], list[3]}
		})
	}, where: "(adapter)"},

	{id: "key-unset", name: "of Envoy", severity: Warning, look: func(s *Subject) {
		s.Getenv = func(name string) (string, bool) { return planted, name == "ONE_KEY" }
	}, where: "envoy.yaml", says: "TWO_KEY"},
	{id: "key-unset", name: "empty", severity: Warning, look: func(s *Subject) { s.Getenv = func(name string) (string, bool) { return "", true } }, says: "ONE_KEY, TWO_KEY"},
	{id: "key-unset", name: "of the source", severity: Warning, look: func(s *Subject) { s.Source.Unset = map[string][]string{"d": {"THREE_KEY"}} }, where: "config.yaml", says: "THREE_KEY"},
	{id: "key-literal", name: "a secret", severity: Warning, file: set(secretsP+"[1].generic_secret.secret", tree{"inline_string": planted}), where: "static_resources.secrets[1] (two)"},
	{id: "key-literal", name: "a header", severity: Warning, file: set(hostP+".request_headers_to_add", []any{tree{"header": tree{"key": "Authorization", "value": "Bearer " + planted}}}), says: "authorization"},
	{id: "open-listener", name: "no key", severity: Warning, file: edit(func(c *abi.Config) { c.ClientKeys = nil }), says: "0.0.0.0"},
	{id: "open-admin", name: "all addresses", severity: Warning, file: set("admin.address.socket_address.address", "::"), where: "admin.address"},
	{id: "log-level", name: "loud", severity: Warning, running: func(p *Proxy) { p.Live.LogLevels["http"] = "trace" }, says: "http"},
	{id: "log-level", name: "silent", severity: Info, running: func(p *Proxy) { p.Live.LogLevels["wasm"] = "off" }, says: "off"},

	{id: "agent-cluster", name: "none", severity: Error, file: edit(func(c *abi.Config) { c.ReportMS = 1000 }), where: "(router)"},
	{id: "agent-failing", name: "a step", severity: Error, look: func(s *Subject) { s.Agent.Failure = "step parse: line 3" }, where: "4002", says: "line 3"},
	{id: "agent-failing", name: "not the source's", severity: Error, look: func(s *Subject) { s.Agent.Revision = "fedcba987654" }, where: "4002"},
	{id: "agent-failing", name: "not Envoy's", severity: Error, look: func(s *Subject) { s.Source, s.Agent.Revision = nil, "fedcba987654" }, where: "(router)"},
	{id: "database-schema", name: "old", severity: Error, look: func(s *Subject) { s.Database.Schema = 2 }, where: "agent.db", says: "version 2"},
	{id: "database-schema", name: "new", severity: Error, look: func(s *Subject) { s.Database.Schema = 4 }, says: "version 4"},
	{id: "database-revision", name: "another", severity: Warning, look: func(s *Subject) { s.Database.Active = []string{"fedcba987654"} }, where: "(router)", says: "agent.db"},
	{id: "clock-skew", name: "of Envoy, ahead", severity: Warning, running: func(p *Proxy) { p.Live.Date = p.Live.Date.Add(20 * time.Second) }, where: "envoy.yaml", says: "its clock is "},
	{id: "clock-skew", name: "of the agent, behind", severity: Error, look: func(s *Subject) { s.Agent.Date = s.Agent.Date.Add(-time.Hour) }, where: "4002", says: "its clock is -"},
}

// TestChecks: the good configuration gives no finding, and each broken one exactly its own.
func TestChecks(t *testing.T) {
	for _, b := range all {
		t.Run(b.id+"/"+b.name, func(t *testing.T) {
			top := goodFile(t, input())
			if b.file != nil {
				b.file(t, top)
			}
			s := goodSubject(t)
			s.Proxies = []*Proxy{read(t, top)}
			if b.running != nil {
				b.running(live(s.Proxies[0]))
			}
			if b.look != nil {
				b.look(s)
			}
			expect(t, Examine(context.Background(), s), b)
		})
	}
	for _, running := range []bool{false, true} {
		s := goodSubject(t)
		s.Proxies = []*Proxy{read(t, goodFile(t, input()))}
		if running {
			live(s.Proxies[0])
		}
		if r := Examine(context.Background(), s); len(r.Findings) > 0 || !r.Good(true) {
			t.Errorf("the good configuration, running %v: %v", running, r.Findings)
		}
	}
}

func expect(t *testing.T, r *Report, b broken) {
	t.Helper()
	if len(r.Findings) != max(b.times, 1) {
		t.Errorf("%d findings, expected %d", len(r.Findings), max(b.times, 1))
	}
	for _, f := range r.Findings {
		if f.ID != b.id || f.Severity != b.severity || !strings.Contains(f.Where, b.where) || !strings.Contains(f.What, b.says) || f.Do == "" || f.Where == "" {
			t.Errorf("got %+v\nexpected %s %s at %q that says %q", f, b.severity, b.id, b.where, b.says)
		}
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String()+fmt.Sprintf("%+v", r), planted) {
		t.Errorf("a secret is shown: %s", text.String())
	}
	if r.Good(false) != (b.severity != Error) || r.Good(true) != (b.severity == Info) {
		t.Errorf("severity %s: good %v, strictly %v", b.severity, r.Good(false), r.Good(true))
	}
}

// TestEveryCheckIsBroken: no check without a configuration that it finds something in.
func TestEveryCheckIsBroken(t *testing.T) {
	elsewhere := []string{"upstream-silent"} // TestUpstreams
	seen := map[string]bool{}
	for _, c := range Checks {
		if seen[c.ID] {
			t.Errorf("%s stands twice", c.ID)
		}
		seen[c.ID] = true
		if !slices.ContainsFunc(all, func(b broken) bool { return b.id == c.ID && b.severity == c.Severity }) && !slices.Contains(elsewhere, c.ID) {
			t.Errorf("%s: no test breaks it as badly as %s", c.ID, c.Severity)
		}
	}
}

// TestUpstreams: each upstream is connected to as Envoy would, and one that does not answer is told of.
func TestUpstreams(t *testing.T) {
	tls := httptest.NewUnstartedServer(nil)
	tls.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes fail here on purpose
	tls.StartTLS()
	defer tls.Close()
	plain := httptest.NewServer(nil)
	defer plain.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and shakes no hands
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	port := func(a net.Addr) int { return a.(*net.TCPAddr).Port }
	certificate := pemOf(tls)
	for _, c := range []struct {
		name           string
		secure, inward int // ports
		host           string
		trusted        []byte
		says           string // empty: all answer
	}{
		{"all answer", port(tls.Listener.Addr()), port(plain.Listener.Addr()), "example.com", certificate, ""},
		{"another's certificate", port(tls.Listener.Addr()), port(plain.Listener.Addr()), "one.test", certificate, "one.test"},
		{"an authority nobody trusts", port(tls.Listener.Addr()), port(plain.Listener.Addr()), "example.com", nil, "certificate"},
		{"no TLS there", port(plain.Listener.Addr()), port(plain.Listener.Addr()), "example.com", certificate, "tls"},
		{"silent", port(silent.Addr()), port(plain.Listener.Addr()), "example.com", certificate, "deadline"},
		{"closed", port(tls.Listener.Addr()), port(closed.Addr()), "example.com", certificate, "refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := input()
			in.Clusters[0].Host, in.Clusters[0].Port = "127.0.0.1", c.secure
			in.Clusters[1].Host, in.Clusters[1].Port = "127.0.0.1", c.inward
			top := goodFile(t, in)
			set(clustersP+"[1].transport_socket.typed_config.sni", c.host)(t, top)
			s := goodSubject(t)
			s.Proxies = []*Proxy{read(t, top)}
			s.Upstreams = &Upstreams{Within: 300 * time.Millisecond}
			s.Read = func(path string) ([]byte, error) {
				if path == "/opt/routeiq.wasm" {
					return module(), nil
				}
				if c.trusted == nil {
					return nil, errors.New("no such file")
				}
				return c.trusted, nil
			}
			r := Examine(context.Background(), s)
			if c.says == "" {
				if len(r.Findings) > 0 {
					t.Errorf("got %v", r.Findings)
				}
				return
			}
			expect(t, r, broken{id: "upstream-silent", severity: Error, where: "static_resources.clusters", says: c.says})
		})
	}
}
