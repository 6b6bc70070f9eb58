package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host/vm/vmtest"
	"github.com/routeiq/routeiq/plugins/litellm"
)

// moduleFile builds the real module into a file.
func moduleFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "routeiq.wasm")
	if err := os.WriteFile(path, vmtest.Build(t, "../../../plugins/cmd/routeiq"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func configFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func environment(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := values[name]; return v, ok }
}

const mock = `
model_list:
  - model_name: gpt-4
    litellm_params: {model: openai/gpt-4, mock_response: hello there}
`

func TestExits(t *testing.T) {
	broken := configFile(t, "model_list:\n  - model_name: [1]\n    litellm_params: 3\n")
	unset := configFile(t, "model_list:\n  - model_name: a\n    litellm_params: {model: openai/a, api_key: os.environ/NOT_SET}\n")
	noModule := filepath.Join(t.TempDir(), "none.wasm")
	notWasm := configFile(t, "this is no module")
	tests := []struct {
		name string
		args []string
		exit int
		says []string
	}{
		{"no configuration", nil, exitUsage, []string{"--config", "LITELLM_CONFIG_PATH", "routeiq-host --help"}},
		{"unknown flag", []string{"--nonsense"}, exitUsage, []string{"--nonsense"}},
		{"an argument", []string{"serve"}, exitUsage, []string{"serve"}},
		{"log level", []string{"--config", broken, "--log-level", "loud"}, exitUsage, []string{`"loud"`, "debug, info, warn or error"}},
		{"concurrency", []string{"--config", broken, "--concurrency", "-1"}, exitUsage, []string{"-1"}},
		{"help", []string{"--help"}, exitGood, nil},
		{"no file", []string{"--config", "/no/such/file.yaml"}, exitRefused, []string{"/no/such/file.yaml"}},
		{"bad configuration", []string{"--config", broken}, exitRefused, []string{broken, "model_list[0].model_name", "model_list[0].litellm_params"}},
		{"strict", []string{"--config", unset, "--strict"}, exitRefused, []string{"NOT_SET", "--strict"}},
		{"no module", []string{"--config", unset, "--module", noModule}, exitRefused, []string{noModule}},
		{"not a module", []string{"--config", unset, "--module", notWasm}, exitRefused, []string{"cannot be compiled"}},
		{"half a certificate", []string{"--config", unset, "--module", moduleFile(t), "--listen", "127.0.0.1:0", "--admin", "", "--tls-cert", "x", "--cache-dir", t.TempDir()},
			exitRefused, []string{"--tls-key"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out, complaints vmtest.Logs
			p := &process{out: &out, err: &complaints, getenv: environment(nil)}
			if got := p.run(t.Context(), tt.args); got != tt.exit {
				t.Errorf("exit %d, want %d: %s", got, tt.exit, &complaints)
			}
			for _, text := range tt.says {
				if !strings.Contains(complaints.String(), text) {
					t.Errorf("%q is not in: %s", text, &complaints)
				}
			}
		})
	}
}

// The whole command with the real module: it says where it listens and why only there, answers, logs the decision,
// survives a SIGHUP and ends when it is asked to.
func TestServesAMock(t *testing.T) {
	reader, writer := io.Pipe()
	var complaints vmtest.Logs
	hangUp := make(chan os.Signal)
	p := &process{out: writer, err: &complaints, hangUp: hangUp, getenv: environment(map[string]string{
		"LITELLM_CONFIG_PATH": configFile(t, mock),
	})}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan int, 1)
	go func() {
		ended <- p.run(ctx, []string{"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--module", moduleFile(t), "--cache-dir", t.TempDir(), "--concurrency", "1"})
		if err := writer.Close(); err != nil {
			t.Error(err)
		}
	}()
	lines := bufio.NewScanner(reader)
	if !lines.Scan() {
		t.Fatalf("it ended: %s", &complaints)
	}
	address, ok := strings.CutPrefix(lines.Text(), "listening on http://127.0.0.1:")
	if !ok {
		t.Fatalf("the first line is %q", lines.Text())
	}
	hangUp <- syscall.SIGHUP
	response, err := http.Post("http://127.0.0.1:"+address+"/v1/chat/completions", "application/json", strings.NewReader(`{"model":"gpt-4","messages":[{"role":"user","content":"hi"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 200 || !strings.Contains(string(body), "hello there") || response.Header.Get(abi.HeaderDeployment) == "" {
		t.Errorf("%d %s %v", response.StatusCode, body, err)
	}
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
	if !lines.Scan() || !strings.Contains(lines.Text(), `"msg":"decision"`) || !strings.Contains(lines.Text(), response.Header.Get(abi.HeaderRequestID)) {
		t.Errorf("the decision's line is %q", lines.Text())
	}
	if strings.Contains(lines.Text(), `"hi"`) {
		t.Error("the decision's line holds the prompt")
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	for lines.Scan() { // until the command has closed its output
		t.Logf("one more line: %s", lines.Text())
	}
	if exit := <-ended; exit != exitGood {
		t.Errorf("exit %d: %s", exit, &complaints)
	}
	if !strings.Contains(complaints.String(), "SIGHUP ignored") {
		t.Errorf("the log lacks the ignored SIGHUP: %s", &complaints)
	}
}

func TestListenAddress(t *testing.T) {
	key := []string{strings.Repeat("0", 64)}
	tests := []struct {
		name    string
		given   string
		isGiven bool
		listen  litellm.Listen
		keys    []string
		want    string
		because bool
	}{
		{"nothing said, no key", "", false, litellm.Listen{}, nil, "127.0.0.1:4000", true},
		{"nothing said, a key", "", false, litellm.Listen{}, key, ":4000", false},
		{"a port, no key", "", false, litellm.Listen{Port: 8000}, nil, "127.0.0.1:8000", true},
		{"a host, no key", "", false, litellm.Listen{Host: "0.0.0.0"}, nil, "0.0.0.0:4000", false},
		{"a flag, no key", ":5000", true, litellm.Listen{Host: "::1", Port: 1}, nil, ":5000", false},
		{"an address of IPv6", "", false, litellm.Listen{Host: "::1", Port: 1}, key, "[::1]:1", false},
	}
	for _, tt := range tests {
		got, why := listenAddress(tt.given, tt.isGiven, tt.listen, len(tt.keys) == 0)
		if got != tt.want || (why != "") != tt.because {
			t.Errorf("%s: %q %q, want %q", tt.name, got, why, tt.want)
		}
	}
}
