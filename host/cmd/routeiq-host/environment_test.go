package main

import (
	"bufio"
	"bytes"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/routeiq/routeiq/host/vm/vmtest"
)

const completion = `{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant",` +
	`"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}`

// TestSystemSettings runs the command as a process of its own, because net/http reads the environment once: an upstream
// is reached through HTTP_PROXY, another is trusted by SSL_CERT_FILE, and SIGTERM ends it with 0.
func TestSystemSettings(t *testing.T) {
	answer := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("content-type", "application/json")
		_, _ = io.WriteString(w, completion) // a client that left is seen below
	}
	asked := make(chan string, 1)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.RequestURI
		answer(w, r)
	}))
	defer proxy.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(answer))
	defer secure.Close()
	authority := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	if err := os.WriteFile(authority, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	config := configFile(t, `
model_list:
  - {model_name: proxied, litellm_params: {model: openai/m, api_key: sk-a, api_base: "http://provider.example/v1"}}
  - {model_name: secure, litellm_params: {model: openai/m, api_key: sk-b, api_base: "`+secure.URL+`/v1"}}
`)
	address := serve(t, config, "HTTP_PROXY="+proxy.URL, "NO_PROXY=", "SSL_CERT_FILE="+authority)
	for _, model := range []string{"proxied", "secure"} {
		response, err := http.Post("http://"+address+"/v1/chat/completions", "application/json", strings.NewReader(`{"model":"`+model+`","messages":[]}`))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || response.Body.Close() != nil || response.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s %v", model, response.StatusCode, body, err)
		}
	}
	select {
	case uri := <-asked:
		if uri != "http://provider.example/v1/chat/completions" {
			t.Errorf("the proxy was asked for %s", uri)
		}
	default:
		t.Error("the proxy was not asked")
	}
}

// serve builds and starts the command, and returns where it listens. It is ended with the test.
func serve(t *testing.T, config string, env ...string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "routeiq-host")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var complaints vmtest.Logs
	cmd := exec.Command(binary, "--config", config, "--module", moduleFile(t), "--listen", "127.0.0.1:0", "--admin", "", "--cache-dir", t.TempDir(),
		"--access-log=false", "--concurrency", "1")
	cmd.Env, cmd.Stderr = append(os.Environ(), env...), &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("asked to end, it ended with %v: %s", err, &complaints)
		}
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, &complaints)
	}
	address, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("listening on http://"))
	if !ok {
		t.Fatalf("the first line is %q", line)
	}
	return string(address)
}
