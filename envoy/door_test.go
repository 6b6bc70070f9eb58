package envoy

import (
	"net/http"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// TestUpstreamSeesTheClientsRequestAlone: nothing of Envoy's or ours reaches an upstream, in any attempt, and a client's
// forged control headers steer nothing.
func TestUpstreamSeesTheClientsRequestAlone(t *testing.T) {
	busy := newUpstream(t, says(http.StatusTooManyRequests, "busy"))
	good := newUpstream(t, says(http.StatusOK, "good"))
	e := start(t, place{id: "busy", url: busy.URL, parts: bearer("sk-busy")}, place{id: "good", url: good.URL, parts: bearer("sk-good")})
	got := send(t, e, "busy,good", "{}",
		"user-agent", "agent/1", "x-own", "kept", "x-request-id", "my own id, no UUID", "authorization", "Bearer client",
		"x-forwarded-for", "203.0.113.7", "x-forwarded-host", "forged", "x-routeiq-credential", "good", "x-routeiq-retry", "1",
		"x-envoy-max-retries", "9", "x-envoy-retry-on", "5xx", "x-envoy-upstream-rq-timeout-ms", "1", "x-envoy-attempt-count", "7")
	if got.status != 200 {
		t.Fatalf("got %d %q", got.status, got.body)
	}
	expected := map[string]string{
		"User-Agent": "agent/1", "X-Own": "kept", "X-Request-Id": "my own id, no UUID", "Accept-Encoding": "identity", "Content-Length": "2",
	}
	for name, u := range map[string]*upstream{"busy": busy, "good": good} {
		all := u.requests()
		if len(all) != 1 {
			t.Fatalf("%s got %d requests, expected 1", name, len(all))
		}
		r := all[0]
		if r.Host != name+".test" {
			t.Errorf("%s: host is %q", name, r.Host)
		}
		if key := r.Header.Get("Authorization"); key != "Bearer sk-"+name {
			t.Errorf("%s: authorization is %q, expected its own key alone", name, key)
		}
		r.Header.Del("Authorization")
		for h, v := range r.Header {
			if expected[h] != strings.Join(v, "|") {
				t.Errorf("%s: got the header %s: %q, expected %q", name, h, v, expected[h])
			}
		}
		for h := range expected {
			if r.Header.Get(h) == "" {
				t.Errorf("%s: the header %s is missing", name, h)
			}
		}
	}
}

// TestAnswerPassesAsItIs: an answer reaches the client with its own headers, and with x-request-id beside them.
func TestAnswerPassesAsItIs(t *testing.T) {
	up := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("server", "the upstream's")
		w.Header().Set("date", "Thu, 01 Jan 1970 00:00:00 GMT")
		w.Header().Set("content-type", "application/json")
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = w.Write([]byte(`{"error":1}`))
	})
	e := start(t, place{id: "up", url: up.URL})
	got := send(t, e, "up", "{}", "x-request-id", "r1")
	if got.status != 422 || got.body != `{"error":1}` {
		t.Errorf("got %d %q", got.status, got.body)
	}
	got.header.Del("X-Guest-Saw") // the guest's own
	expected := http.Header{
		"Server": {"the upstream's"}, "Date": {"Thu, 01 Jan 1970 00:00:00 GMT"}, "Content-Type": {"application/json"},
		"Content-Length": {"11"}, "X-Request-Id": {"r1"},
	}
	for name := range expected {
		if got.header.Get(name) != expected.Get(name) {
			t.Errorf("header %s is %q, expected %q", name, got.header.Get(name), expected.Get(name))
		}
	}
	for name, value := range got.header {
		if expected.Get(name) == "" {
			t.Errorf("header %s: %q was added", name, value)
		}
	}
	if id := send(t, e, "up", "{}").header.Get(abi.HeaderRequestID); len(id) != 36 {
		t.Errorf("a request without an id got %q, expected a UUID", id)
	}
}

// TestPathPassesAsItIs: Envoy changes no byte of a path; what is odd is the module's to refuse.
func TestPathPassesAsItIs(t *testing.T) {
	up := newUpstream(t, says(200, "ok"))
	e := start(t, place{id: "up", url: up.URL})
	const odd = "/v1/../a//b/%2e%2E/c%2Fd?x=%zz"
	raw := rawRequest(t, e, "POST "+odd+" HTTP/1.1\r\nhost: x\r\nx-plan: up\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
	if !strings.HasPrefix(raw, "HTTP/1.1 200") {
		t.Fatalf("got %q", raw)
	}
	if got := up.requests()[0].Path; got != odd {
		t.Errorf("the upstream got %q, expected %q", got, odd)
	}
}
