package conformance

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	kit "github.com/routeiq/routeiq/abi/conformance"
	"github.com/routeiq/routeiq/abi/conformance/upstream"
)

const crowded = `
model_list:
  - model_name: crowded
    litellm_params: {model: openai/m, api_base: "URL/v1", api_key: key-a}
limits: {max_concurrent_requests: 2}
`

// TestOverCapacity: the whole proxy handles so many requests at one time, over all its workers; a place is held to the end of
// a stream, or until its client leaves; health paths need none.
func TestOverCapacity(t *testing.T) {
	t.Parallel()
	u := upstream.New("a")
	u.Choose(func(s upstream.Seen) upstream.Script {
		if strings.Contains(string(s.Body), `"stream":true`) {
			return upstream.Script{Events: 60, Every: 100 * time.Millisecond} // long enough to look at it
		}
		return upstream.Script{}
	})
	s, err := upstream.Start(u)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	setup := kit.Setup{Config: []byte(strings.ReplaceAll(crowded, "URL", s.URL)), Workers: 4}
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
		t.Run(name, func(t *testing.T) { overCapacity(t, url) })
	}
}

func overCapacity(t *testing.T, url string) {
	ask := func(ctx context.Context, path, body string) *http.Response {
		t.Helper()
		method := http.MethodPost
		if body == "" {
			method = http.MethodGet
		}
		request, err := http.NewRequestWithContext(ctx, method, url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			if ctx.Err() == nil {
				t.Error(err)
			}
			return nil
		}
		return response
	}
	const stream = `{"model":"crowded","stream":true,"messages":[{"role":"user","content":"hi"}]}`
	const whole = `{"model":"crowded","messages":[{"role":"user","content":"hi"}]}`
	status := func(path, body string) (int, string, string) {
		t.Helper()
		r := ask(t.Context(), path, body)
		if r == nil {
			t.FailNow()
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		return r.StatusCode, string(text), r.Header.Get("retry-after")
	}
	// eventually waits for what follows from something that happened on another connection.
	eventually := func(want int) {
		t.Helper()
		deadline := time.Now().Add(20 * time.Second)
		for got, text, _ := status("/v1/chat/completions", whole); got != want; got, text, _ = status("/v1/chat/completions", whole) {
			if time.Now().After(deadline) {
				t.Fatalf("it is still %d, expected %d: %s", got, want, text)
			}
		}
	}

	leaving, leave := context.WithCancel(t.Context())
	defer leave()
	first, second := ask(leaving, "/v1/chat/completions", stream), ask(t.Context(), "/v1/chat/completions", stream)
	if first == nil || second == nil || first.StatusCode != 200 || second.StatusCode != 200 {
		t.Fatalf("the two streams: %v, %v", first, second)
	}
	if got, text, after := status("/v1/chat/completions", whole); got != 503 || !strings.Contains(text, "over_capacity") || after != "1" {
		t.Errorf("the third of two: %d, retry-after %q, %s", got, after, text)
	}
	if got, text, _ := status("/_health/ready", ""); got != 200 {
		t.Errorf("readiness: %d %s", got, text)
	}
	leave() // one client leaves: its place is free
	_ = first.Body.Close()
	eventually(http.StatusOK)
	third := ask(t.Context(), "/v1/chat/completions", stream)
	if third == nil || third.StatusCode != 200 {
		t.Fatalf("a stream in its place: %v", third)
	}
	for _, r := range []*http.Response{second, third} { // and each is free with its end
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Error(err)
		}
		_ = r.Body.Close() // it was read to its end
	}
	eventually(http.StatusOK)
}
