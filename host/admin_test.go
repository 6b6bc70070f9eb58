package host

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
)

// TestHealth: the host answers from the document in force and from the breakers the module keeps in shared data, on the
// admin address, and on the clients' while it drains.
func TestHealth(t *testing.T) {
	b := newBench(t, nil, func(_ *Options, c *Config) {
		c.Document.Breaker = abi.DefaultBreaker
		c.Document.Health.MinModels = 1
		c.Document.Groups = []abi.ModelGroup{{Name: "chat", Deployments: []abi.Deployment{{ID: "a"}, {ID: "b"}}}}
	})
	get := func(path string) (int, string) {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("x-request-id", "mine")
		b.Admin().ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	open := func(ids ...string) {
		var table breaker.Table
		for _, id := range ids {
			table = append(table, breaker.Circuit{ID: id, UntilMS: time.Now().Add(time.Hour).UnixMilli(), Class: abi.ClassTimeout})
		}
		if !b.shared.Set(abi.VMID, abi.KeyCircuits, table.Append(nil), 0) {
			t.Fatal("the table was not set")
		}
	}
	tests := []struct {
		open []string
		code int
		says []string
	}{
		{nil, 200, []string{`"status":"ready"`, `"status":"accepting","active_requests":0`, `"healthy":2`, `"request_id":"mine"`}},
		{[]string{"b"}, 200, []string{`"status":"degraded"`, `"open_breakers":["b"]`, `"reason":"timeout"`}},
		{[]string{"b", "a"}, 503, []string{`"status":"not_ready"`, `"available":0,"required":1`}},
	}
	for _, tt := range tests {
		open(tt.open...)
		code, body := get("/_health/ready")
		for _, text := range tt.says {
			if code != tt.code || !strings.Contains(body, text) {
				t.Errorf("%v open: %d %s lacks %s", tt.open, code, body, text)
			}
		}
	}
	if code, body := get("/_health/models"); code != 200 || strings.Count(body, `"status":"unhealthy"`) != 2 {
		t.Errorf("%d %s", code, body)
	}
	open()
	next := b.config
	next.Document.Groups = []abi.ModelGroup{{Name: "chat", Deployments: []abi.Deployment{{ID: "c"}}}}
	must(t, b.Swap(t.Context(), next))
	if _, body := get("/_health/models"); body != `{"models":[{"model_id":"c","model_name":"chat","status":"healthy","circuit_breaker":"closed"}]}` {
		t.Errorf("after a swap: %s", body)
	}
	must(t, b.Drain(context.Background()))
	for _, path := range []string{"/_health/ready", "/health/readiness"} {
		w := httptest.NewRecorder()
		b.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != 503 || w.Header().Get("X-Request-Id") == "" ||
			!strings.HasPrefix(w.Body.String(), `{"status":"not_ready","service":"routeiq","is_degraded":false,"checks":{"drain_status":{"status":"draining","active_requests":0}`) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
