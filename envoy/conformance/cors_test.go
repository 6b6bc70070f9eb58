package conformance

import (
	"net/http"
	"strings"
	"testing"

	kit "github.com/routeiq/routeiq/abi/conformance"
)

const mocked = `
model_list:
  - {model_name: canned, litellm_params: {model: openai/m, mock_response: hello}}
general_settings: {master_key: sk-master}
`

// TestPagesOfOtherOrigins: both engines answer a preflight, and let a page read answers and refusals, if its origin is named.
func TestPagesOfOtherOrigins(t *testing.T) {
	t.Parallel()
	setup := kit.Setup{Config: []byte(mocked), Workers: 1, Env: map[string]string{"ROUTEIQ_CORS_ORIGINS": "https://a.example,http://localhost:3000"}}
	proxy, err := engine{t}.Load(setup)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := proxy.Close(); err != nil {
			t.Error(err)
		}
	})
	for name, url := range map[string]string{"envoy": proxy.(*session).Address(), "host": newHost(t, setup, t.TempDir()).Address()} {
		t.Run(name, func(t *testing.T) {
			ask := func(method, origin, key string, headers ...string) *http.Response {
				t.Helper()
				request, err := http.NewRequestWithContext(t.Context(), method, url+"/v1/chat/completions", strings.NewReader(`{"model":"canned","messages":[]}`))
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("origin", origin)
				request.Header.Set("authorization", "Bearer "+key)
				for i := 0; i+1 < len(headers); i += 2 {
					request.Header.Set(headers[i], headers[i+1])
				}
				response, err := http.DefaultClient.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				_ = response.Body.Close() // only its head is looked at
				return response
			}
			preflight := ask(http.MethodOptions, "https://a.example", "", "access-control-request-method", "POST", "access-control-request-headers", "authorization,content-type")
			if h := preflight.Header; preflight.StatusCode/100 != 2 || h.Get("access-control-allow-origin") != "https://a.example" ||
				!strings.Contains(h.Get("access-control-allow-methods"), "POST") || !strings.Contains(h.Get("access-control-allow-headers"), "authorization") {
				t.Errorf("a preflight: %d %v", preflight.StatusCode, h)
			}
			for key, status := range map[string]int{"sk-master": 200, "sk-wrong": 401} {
				r := ask(http.MethodPost, "http://localhost:3000", key)
				if r.StatusCode != status || r.Header.Get("access-control-allow-origin") != "http://localhost:3000" ||
					!strings.Contains(r.Header.Get("access-control-expose-headers"), "x-routeiq-deployment") || r.Header.Get("access-control-allow-credentials") != "" {
					t.Errorf("%d: %d %v", status, r.StatusCode, r.Header)
				}
			}
			if r := ask(http.MethodPost, "https://evil.example", "sk-master"); r.StatusCode != 200 && r.StatusCode != 403 || r.Header.Get("access-control-allow-origin") != "" {
				t.Errorf("a page that is not named: %d %v", r.StatusCode, r.Header)
			}
		})
	}
}
