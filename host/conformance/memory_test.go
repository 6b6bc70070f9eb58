package conformance

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host"
	core "github.com/routeiq/routeiq/plugins/conformance"
)

// TestMemoryStaysFlat: what a VM needs it has after a few thousand exchanges; tens of thousands more take nothing. They
// are answered, streamed and refused in turn.
func TestMemoryStaysFlat(t *testing.T) {
	const first, all = 5_000, 50_000
	compiled, err := core.Compile([]byte(`
model_list:
  - {model_name: gpt-4, litellm_params: {model: openai/gpt-4, mock_response: hello there}}
  - {model_name: gpt-4, litellm_params: {model: openai/gpt-4o, mock_response: hello from another}}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	e := newEngine(t)
	h, err := host.New(t.Context(), host.Options{Wasm: e.wasm, Concurrency: 1, CacheDir: cache, Log: e.log, CallLimit: 30 * time.Second},
		host.Config{Document: compiled.Config, Clusters: compiled.Clusters})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	bodies := []struct {
		text   string
		status int
	}{
		{`{"model":"gpt-4","messages":[{"role":"user","content":"` + strings.Repeat("How are you? ", 20) + `"}]}`, 200},
		{`{"model":"gpt-4","stream":true,"messages":[{"role":"user","content":"hi"}]}`, 200},
		{`{"model":"nobody","messages":[]}`, 404},
		{`{"model":`, 400},
	}
	early := 0.0
	for n := range all {
		if n == first {
			early = memory(t, h)
		}
		body := bodies[n%len(bodies)]
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, abi.APIChat.Path(), strings.NewReader(body.text)))
		if w.Code != body.status {
			t.Fatalf("request %d: %d %s", n, w.Code, w.Body)
		}
	}
	late := memory(t, h)
	t.Logf("%.0f bytes after %d exchanges, %.0f after %d", early, first, late, all)
	if late > 1.05*early {
		t.Error("the VM's memory grows")
	}
}

// memory reads from the metrics how many bytes the one VM has.
func memory(t *testing.T, h *host.Host) float64 {
	t.Helper()
	w := httptest.NewRecorder()
	h.Admin().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	_, line, _ := strings.Cut(w.Body.String(), "\n"+abi.MetricHostMemory+`{vm="0"} `)
	number, _, _ := strings.Cut(line, "\n")
	bytes, err := strconv.ParseFloat(number, 64)
	if err != nil || bytes <= 0 {
		t.Fatalf("%s is %q: %v", abi.MetricHostMemory, number, err)
	}
	return bytes
}
