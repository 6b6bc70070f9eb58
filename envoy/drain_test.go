package envoy

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/envoy/faults/engine/enginetest"
)

// TestDrain: what docs/operations.md says of taking an Envoy out: it is not ready, tells clients to leave, and ends what runs.
func TestDrain(t *testing.T) {
	t.Parallel()
	up := model(t)
	e := newAgent(t, enginetest.Tools(t), configOf("simple-shuffle", [3]string{"a", up.URL, "sk-a"})).join("edge-1")
	keep := &http.Client{Transport: &http.Transport{}} // its connections stay
	t.Cleanup(keep.CloseIdleConnections)
	ask := func(slow string) *http.Response {
		t.Helper()
		req, err := http.NewRequest(http.MethodPost, e.URL+"/v1/chat/completions", strings.NewReader(`{"model":"chat","messages":[],"stream":`+slow+`}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("content-type", "application/json")
		if slow == "true" {
			req.Header.Set("x-slow", "1")
		}
		resp, err := keep.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	read := func(resp *http.Response) string {
		t.Helper()
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	stream := ask("true")
	if before := ask("false"); read(before) == "" || before.Close {
		t.Error("it tells clients to leave before it was told to")
	}
	for _, path := range []string{"/healthcheck/fail", "/drain_listeners?graceful"} {
		resp, err := http.Post(e.AdminURL+path, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		if read(resp); resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	if ready := e.Admin("/ready"); strings.TrimSpace(ready) != "DRAINING" {
		t.Errorf("it is %q", ready)
	}
	if after := ask("false"); after.StatusCode != http.StatusOK || read(after) == "" || !after.Close {
		t.Errorf("%s %v, expected an answer that tells the client to leave", after.Status, after.Header)
	}
	if text := read(stream); !strings.HasSuffix(strings.TrimSpace(text), "[DONE]") {
		t.Errorf("a stream ended with %q", text[max(0, len(text)-200):])
	}
}
