package envoy

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/envoy/envoytest"
	"github.com/routeiq/routeiq/plugins/litellm"
	"github.com/routeiq/routeiq/sync/publish/envoyconfig"
)

// startModule runs Envoy with our own module and a LiteLLM configuration, compiled and rendered as the agent does it.
func startModule(t *testing.T, text string, env map[string]string) *envoytest.Envoy {
	t.Helper()
	c, err := litellm.Compile(litellm.Source{
		Path:   "config.yaml",
		Read:   func(string) ([]byte, error) { return []byte(text), nil },
		Getenv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	})
	if err != nil {
		t.Fatal(err)
	}
	var environ []string
	for name, value := range env {
		environ = append(environ, name+"="+value)
	}
	return envoytest.Start(t, render(t, &envoyconfig.Input{
		Config: c.Config, Clusters: c.Clusters, Credentials: c.Credentials,
		Listen: envoyconfig.Address{Host: "127.0.0.1"}, Admin: envoyconfig.Address{Host: "127.0.0.1"},
		Module: envoytest.Module(t), CABundle: envoyconfig.DefaultCABundle,
	}), envoytest.Options{Env: environ})
}

const completion = `{"id":"c1","object":"chat.completion","created":1,"model":"up","choices":[{"index":0,"message":{"role":"assistant",` +
	`"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}`

// TestModule: our module in stock Envoy with the rendered file: it routes, fails over, uses each deployment's own key, answers
// mocks and refusals itself, and leaves its decision in the access log.
func TestModule(t *testing.T) {
	busy := newUpstream(t, says(http.StatusTooManyRequests, `{"error":{"message":"busy"}}`))
	good := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("content-type", "application/json")
		_, _ = io.WriteString(w, completion)
	})
	e := startModule(t, fmt.Sprintf(`
model_list:
  - {model_name: chat, model_info: {id: refused}, litellm_params: {model: openai/m0, api_base: "http://127.0.0.1:1/v1", api_key: sk-refused, order: 1}}
  - {model_name: chat, model_info: {id: busy}, litellm_params: {model: openai/m1, api_base: "%s/v1", api_key: os.environ/BUSY_KEY, order: 2}}
  - {model_name: chat, model_info: {id: good}, litellm_params: {model: openai/m2, api_base: "%s/v1", api_key: os.environ/GOOD_KEY, order: 3}}
  - {model_name: mocked, litellm_params: {model: openai/m3, mock_response: hello}}
router_settings: {num_retries: 3}
general_settings: {master_key: sk-client}
limits: {max_body_bytes: 100000}
`, busy.URL, good.URL), map[string]string{"BUSY_KEY": "sk-busy", "GOOD_KEY": "sk-good"})

	ask := func(body string, headers ...string) answer {
		t.Helper()
		return send(t, e, "", body, append([]string{"authorization", "Bearer sk-client", "content-type", "application/json"}, headers...)...)
	}
	t.Run("failover", func(t *testing.T) {
		got := ask(`{"messages":[{"role":"user","content":"hi"}],"model":"chat","unknown":1}`)
		if got.status != 200 || got.body != completion {
			t.Fatalf("got %d %q", got.status, got.body)
		}
		if d, n := got.header.Get(abi.HeaderDeployment), got.header.Get(abi.HeaderAttempts); d != "good" || n != "3" {
			t.Errorf("answered by %q after %q attempts, expected good after 3", d, n)
		}
		for key, u := range map[string]*upstream{"sk-busy m1": busy, "sk-good m2": good} {
			all := u.requests()
			if len(all) != 1 {
				t.Fatalf("%s: %d requests", key, len(all))
			}
			r := all[0]
			secret, model, _ := strings.Cut(key, " ")
			if r.Header.Get("authorization") != "Bearer "+secret || r.Path != "/v1/chat/completions" ||
				string(r.Body) != `{"messages":[{"role":"user","content":"hi"}],"model":"`+model+`","unknown":1}` {
				t.Errorf("%s: got %s %v %s", key, r.Path, r.Header, r.Body)
			}
			for name := range r.Header {
				if l := strings.ToLower(name); strings.HasPrefix(l, abi.HeaderPrefix) || strings.HasPrefix(l, "x-envoy-") || strings.HasPrefix(l, "x-forwarded-") {
					t.Errorf("%s: the upstream got the header %s", key, name)
				}
			}
		}
	})
	t.Run("mock", func(t *testing.T) {
		if got := ask(`{"model":"mocked","messages":[]}`); got.status != 200 || !strings.Contains(got.body, "hello") {
			t.Errorf("got %d %q", got.status, got.body)
		}
	})
	t.Run("refusals", func(t *testing.T) {
		for _, c := range []struct {
			body, key string
			status    int
			says      string
		}{
			{`{"model":"nothing"}`, "sk-client", 404, "model_not_found"},
			{`{"model":"chat"}`, "sk-wrong", 401, "error"},
			{`not json`, "sk-client", 400, "error"},
			{`{"model":"chat","pad":"` + strings.Repeat("x", 200_000) + `"}`, "sk-client", 413, "error"},
			{`{"model":"chat","pad":"` + strings.Repeat("x", 3_000_000) + `"}`, "sk-client", 413, "error"},
		} {
			got := ask(c.body, "authorization", "Bearer "+c.key)
			var shape struct{ Error map[string]any }
			if err := json.Unmarshal([]byte(got.body), &shape); err != nil || got.status != c.status || shape.Error == nil || !strings.Contains(got.body, c.says) {
				t.Errorf("%.40s: got %d %q, expected %d in the shape of OpenAI's errors", c.body, got.status, got.body, c.status)
			}
		}
	})
	t.Run("decisions", func(t *testing.T) {
		lines := e.AccessLog(7)
		decisions := envoytest.Decisions(t, lines)
		if len(decisions) == 0 || !strings.Contains(string(decisions[0]), `"good"`) {
			t.Errorf("the first decision does not tell of the deployment that answered: %s", strings.Join(lines, "\n"))
		}
		if strings.Contains(strings.Join(lines, "\n"), "sk-") {
			t.Error("the log shows a key")
		}
	})
	t.Run("metrics", func(t *testing.T) {
		if text := e.Admin("/stats/prometheus?filter=routeiq_"); !strings.Contains(text, "routeiq_requests_total{") {
			t.Errorf("no metric with labels: %s", text)
		}
	})
}

// TestCapabilities: what a module imports and exports is allowed to cross, so that it starts; tested with ours and with
// the guest. An upgrade of Go or of the SDK that needs more fails here.
func TestCapabilities(t *testing.T) {
	// What the SDK exports for uses that an HTTP filter has not, and the marker of the ABI, which is never called.
	unused := []string{
		"proxy_abi_version_0_2_0", "proxy_on_new_connection", "proxy_on_downstream_data", "proxy_on_downstream_connection_close",
		"proxy_on_upstream_data", "proxy_on_upstream_connection_close", "proxy_on_queue_ready",
	}
	for _, path := range []string{envoytest.Module(t), envoytest.Build(t, guest)} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
		defer r.Close(ctx)
		m, err := r.CompileModule(ctx, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range m.ImportedFunctions() {
			if module, name, _ := f.Import(); !slices.Contains(envoyconfig.Capabilities, name) {
				t.Errorf("%s imports %s.%s, which is not allowed", path, module, name)
			}
		}
		for name := range m.ExportedFunctions() {
			if !slices.Contains(envoyconfig.Capabilities, name) && !slices.Contains(unused, name) {
				t.Errorf("%s exports %s, which is not allowed", path, name)
			}
		}
	}
}
