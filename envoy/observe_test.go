package envoy

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/envoy/envoytest"
)

// TestMetricLabels: a label in a metric's name becomes a label for Prometheus, whatever stands in its value.
func TestMetricLabels(t *testing.T) {
	up := newUpstream(t, says(200, "ok"))
	e := start(t, place{id: "refused", url: refused}, place{id: "up", url: up.URL})
	send(t, e, "refused,up", "{}")
	e.AccessLog(1) // the stream is done
	const expected = `routeiq_attempts_total{deployment="a.b-c:d_e",class="ok"} 2`
	for line := range strings.Lines(e.Admin("/stats/prometheus")) {
		if name, labels, ok := strings.Cut(strings.TrimSpace(line), "{"); ok && name == "routeiq_attempts_total" {
			// Envoy gives no order of labels.
			if strings.Contains(labels, `deployment="a.b-c:d_e"`) && strings.Contains(labels, `class="ok"`) && strings.HasSuffix(labels, "} 2") {
				return
			}
			t.Errorf("got %s", line)
		}
	}
	t.Errorf("no line like %s", expected)
}

// TestAccessLog: every request leaves one line of JSON with Envoy's fields and the module's decision.
func TestAccessLog(t *testing.T) {
	up := newUpstream(t, says(200, "ok"))
	e := start(t, place{id: "refused", url: refused}, place{id: "up", url: up.URL})
	send(t, e, "refused,up", "{}", "x-request-id", `quote " backslash \ é`, "user-agent", `"quoted"`)
	rawRequest(t, e, "this is no HTTP\r\n\r\n")
	lines := e.AccessLog(2)
	var line struct {
		Time, Cluster, Upstream, Details string
		Status, Attempts                 int
		Decision                         []struct {
			ID   string
			Made int
		}
	}
	if err := json.Unmarshal([]byte(lines[0]), &line); err != nil {
		t.Fatalf("%v: %s", err, lines[0])
	}
	if line.Status != 200 || line.Attempts != 2 || line.Cluster != "routeiq_up" || "http://"+line.Upstream != up.URL || line.Details != "via_upstream" {
		t.Errorf("got %s", lines[0])
	}
	if len(line.Decision) != 1 || line.Decision[0].ID != `quote " backslash \ é` || line.Decision[0].Made != 2 {
		t.Errorf("the decision is %+v, expected that of the guest", line.Decision)
	}
	line.Decision = nil
	if err := json.Unmarshal([]byte(lines[1]), &line); err != nil {
		t.Fatalf("a line without a decision: %v: %s", err, lines[1])
	}
	if line.Status != 400 || len(line.Decision) != 0 {
		t.Errorf("got %s, expected 400 and no decision", lines[1])
	}
	if got := envoytest.Decisions(t, lines); len(got) != 1 {
		t.Errorf("Decisions found %d, expected 1", len(got))
	}
}
