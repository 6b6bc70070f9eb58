package envoy

import (
	"strings"
	"testing"

	"github.com/routeiq/routeiq/envoy/envoytest"
)

// TestWithoutModule: the plain Envoy passes requests to the one cluster, and nothing of ours is in its file.
func TestWithoutModule(t *testing.T) {
	up := newUpstream(t, says(200, "ok"))
	in := input(t, place{id: "up", url: up.URL, parts: bearer("sk-up")})
	file, err := WithoutModule(in, "routeiq_up")
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"wasm", "sk-up", "credential"} {
		// The access log keeps its field for a decision, which stays empty.
		if n := strings.Count(strings.ReplaceAll(string(file), "wasm.routeiq.decision", ""), word); n != 0 {
			t.Errorf("the file says %q %d times", word, n)
		}
	}
	e := envoytest.Start(t, file, envoytest.Options{})
	if got := send(t, e, "", "body", "authorization", "Bearer client"); got.status != 200 || got.body != "ok" {
		t.Errorf("got %d %q", got.status, got.body)
	}
	if r := up.requests()[0]; r.Header.Get("authorization") != "Bearer client" || string(r.Body) != "body" {
		t.Errorf("the upstream got %v %q", r.Header, r.Body)
	}
	if lines := e.AccessLog(1); len(envoytest.Decisions(t, lines)) != 0 {
		t.Errorf("there is a decision: %s", lines)
	}
}
