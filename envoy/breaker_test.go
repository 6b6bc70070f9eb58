package envoy

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/routeiq/routeiq/envoy/envoytest"
)

// ownRoutes is an Envoy of somebody who routes by path, with the role breaker in front.
const ownRoutes = `
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: hcm
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: h
          route_config:
            virtual_hosts:
            - name: v
              domains: ['*']
              routes:
              - {match: {prefix: /a}, route: {cluster: a}}
              - {match: {prefix: /b}, route: {cluster: b}}
          http_filters:
          - name: breaker
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
              config:
                name: breaker
                root_id: breaker
                allow_on_headers_stop_iteration: true
                failure_policy: FAIL_RELOAD
                configuration:
                  '@type': type.googleapis.com/google.protobuf.StringValue
                  value: '{"version":5,"role":"breaker","breaker":{"enabled":true,"failure_threshold":3,"window_ms":60000,"open_ms":500,"max_open_ms":500,"success_threshold":1,"half_open_requests":1}}'
                vm_config: {vm_id: routeiq, runtime: envoy.wasm.runtime.v8, code: {local: {filename: %q}}}
          - {name: router, typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
  clusters:
  - {name: a, connect_timeout: 1s, load_assignment: {cluster_name: a, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]}}
  - {name: b, connect_timeout: 1s, load_assignment: {cluster_name: b, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]}}
`

// TestRoleBreaker: the module as a filter for people who route in Envoy themselves. It opens per cluster, says when to come
// again, lets a probe through after the pause, and closes.
func TestRoleBreaker(t *testing.T) {
	var failing atomic.Bool
	var calls atomic.Int64
	failing.Store(true)
	a := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		if failing.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	b := newUpstream(t, func(http.ResponseWriter, *http.Request) {})
	e := envoytest.Start(t, fmt.Appendf(nil, ownRoutes, envoytest.Module(t), portOf(t, a.URL), portOf(t, b.URL)), envoytest.Options{})
	get := func(path string) (int, string, string) {
		resp, err := http.Get(e.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, resp.Header.Get("retry-after"), string(body)
	}
	for range 3 {
		if status, _, _ := get("/a"); status != http.StatusInternalServerError {
			t.Fatalf("a failing upstream gave %d", status)
		}
	}
	status, after, body := get("/a")
	if status != http.StatusServiceUnavailable || after != "1" || !strings.Contains(body, "breaker_open") {
		t.Errorf("open: got %d, retry-after %q, %s", status, after, body)
	}
	if n := calls.Load(); n != 3 {
		t.Errorf("the upstream was called %d times", n)
	}
	if status, _, _ := get("/b"); status != http.StatusOK {
		t.Errorf("another cluster got %d", status)
	}
	failing.Store(false)
	eventually(t, "a probe closes it", func() bool { status, _, _ := get("/a"); return status == http.StatusOK })
	if status, _, _ := get("/a"); status != http.StatusOK {
		t.Errorf("closed: got %d", status)
	}
}

func portOf(t *testing.T, address string) int {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// eventually tries until it holds, for at most ten seconds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); <-tick.C {
		if holds() {
			return
		}
	}
	t.Fatalf("it never came true: %s", what)
}
