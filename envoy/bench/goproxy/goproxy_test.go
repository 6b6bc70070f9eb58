package goproxy

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/routeiq/routeiq/envoy/bench/upstream"
	"github.com/routeiq/routeiq/envoy/bench/workload"
)

func start(t *testing.T, upstream http.Handler) string {
	t.Helper()
	up := httptest.NewServer(upstream)
	t.Cleanup(up.Close)
	at, err := url.Parse(up.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(New(at))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

func TestProxiesEveryWorkload(t *testing.T) {
	url := start(t, upstream.Handler())
	for _, w := range []workload.Workload{workload.Small, workload.Large, workload.Stream} {
		t.Run(w.Name, func(t *testing.T) {
			// Without a known length: the upstream refuses chunked bodies, so it was read whole.
			resp, err := http.Post(url, "application/json", io.MultiReader(bytes.NewReader(w.Body("m"))))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			got, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != 200 || !bytes.Equal(got, w.Answer()) {
				t.Errorf("%d, %v, %d bytes: %.200s", resp.StatusCode, err, len(got), got)
			}
		})
	}
}

func TestLimit(t *testing.T) {
	url := start(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the upstream was reached") }))
	for name, body := range map[string]io.Reader{
		"length":  bytes.NewReader(make([]byte, maxBody+1)),
		"chunked": io.MultiReader(bytes.NewReader(make([]byte, maxBody+1))),
	} {
		t.Run(name, func(t *testing.T) {
			resp, err := http.Post(url, "application/json", body)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("%d, expected 413", resp.StatusCode)
			}
		})
	}
}
