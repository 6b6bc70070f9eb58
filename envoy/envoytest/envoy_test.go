package envoytest

import (
	"cmp"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// plain is an Envoy that answers by itself, on ports it takes.
const plain = `
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: plain
          access_log:
          - name: stdout
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
              log_format: {text_format_source: {inline_string: "{\"decision\":[%RESPONSE_CODE%]}\n"}}
          route_config:
            virtual_hosts:
            - {name: all, domains: ['*'], routes: [{match: {prefix: /}, direct_response: {status: 204}}]}
          http_filters:
          - {name: router, typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
`

// TestStart: an Envoy is ready when Start returns, tells its ports, counts, logs, and stops.
func TestStart(t *testing.T) {
	e := Start(t, []byte(plain), Options{Concurrency: 1})
	resp, err := http.Get(e.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Errorf("got %d", resp.StatusCode)
	}
	if got := Decisions(t, e.AccessLog(1)); len(got) != 1 || string(got[0]) != "204" {
		t.Errorf("decisions: %s", got)
	}
	if got := e.Stats(`^http\.plain\.downstream_rq_completed$`); got["http.plain.downstream_rq_completed"] != 1 {
		t.Errorf("stats: %v", got)
	}
	if got := e.Stats(`^server\.concurrency$`); got["server.concurrency"] != 1 {
		t.Errorf("stats: %v", got)
	}
	if e.ReadyIn <= 0 || !strings.Contains(e.Log(), "starting main dispatch loop") {
		t.Errorf("ready in %s; log: %s", e.ReadyIn, e.Log())
	}
	for range 2 {
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
	}
	if _, err := http.Get(e.AdminURL + "/ready"); err == nil {
		t.Error("it still answers")
	}
}

// TestVersion: the Envoy under test is the one that was asked for, by $ENVOY_VERSION or the file VERSION.
func TestVersion(t *testing.T) {
	e := Start(t, []byte(plain), Options{})
	text, err := os.ReadFile(filepath.Join(Root(t), "envoy", "VERSION"))
	if err != nil {
		t.Fatal(err)
	}
	version := cmp.Or(os.Getenv("ENVOY_VERSION"), strings.TrimSpace(string(text)))
	if got := e.Admin("/server_info"); !strings.Contains(got, "/"+version+"/") {
		t.Errorf("version %s is to be tested, and Envoy says it is %s; run `make venv`", version, got)
	}
}

func TestValidate(t *testing.T) {
	if out, err := Validate(t, []byte(plain), ""); err != nil {
		t.Errorf("a good configuration: %v\n%s", err, out)
	}
	out, err := Validate(t, []byte("static_resources: {unknown: 1}"), "")
	if err == nil || !strings.Contains(out, "unknown") {
		t.Errorf("a bad configuration: %v\n%s", err, out)
	}
}
