package upstream

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/envoy/bench/workload"
)

func post(t *testing.T, url string, body io.Reader) (*http.Response, []byte) {
	t.Helper()
	resp, err := http.Post(url+"/v1/chat/completions", "application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, got
}

func TestAnswers(t *testing.T) {
	server := httptest.NewServer(Handler())
	defer server.Close()
	for _, w := range []workload.Workload{workload.Small, workload.Large, workload.Stream, workload.Paused} {
		t.Run(w.Name, func(t *testing.T) {
			resp, got := post(t, server.URL, bytes.NewReader(w.Body("m")))
			if resp.StatusCode != 200 || resp.Header.Get(workload.HeaderModel) != "m" || resp.Header.Get("content-type") != w.ContentType() {
				t.Errorf("%d, headers %v", resp.StatusCode, resp.Header)
			}
			if !bytes.Equal(got, w.Answer()) {
				t.Errorf("%d bytes, expected %d: %.200s", len(got), len(w.Answer()), got)
			}
		})
	}
}

func TestRefusesDamagedRequests(t *testing.T) {
	server := httptest.NewServer(Handler())
	defer server.Close()
	for name, body := range map[string]io.Reader{
		"not ours": strings.NewReader(`{"model":"m"}`),
		"chunked":  io.MultiReader(bytes.NewReader(workload.Small.Body("m"))), // the length is hidden from net/http
	} {
		t.Run(name, func(t *testing.T) {
			if resp, _ := post(t, server.URL, body); resp.StatusCode != 400 {
				t.Errorf("%d, expected 400", resp.StatusCode)
			}
		})
	}
}
