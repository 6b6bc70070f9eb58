package sourcetest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi/conformance/freeport"
)

// Server starts a real server for the rest of the test and returns its URL. name is the program: $env if set, else the
// one below .venv/bin of the repository, where `make venv` puts it. args gets the port; ready is the path that is
// answered once it serves.
func Server(t *testing.T, env, name, ready string, args func(port string) []string) string {
	t.Helper()
	program := os.Getenv(env)
	if program == "" {
		program = filepath.Join(root(t), ".venv", "bin", name)
	}
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("%v: run `make venv`, or set %s", err, env)
	}
	port := strconv.Itoa(freeport.For(t))
	var log bytes.Buffer
	cmd := exec.Command(program, args(port)...)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("%s: %v", name, err)
		}
		<-ended
		if t.Failed() {
			t.Logf("%s:\n%s", name, log.String())
		}
	})
	url := "http://127.0.0.1:" + port
	deadline := time.After(time.Minute) // Python, on a machine that builds something else
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if Do(t, http.MethodGet, url+ready, nil) > 0 {
			return url
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended: %v", name, err)
		case <-deadline:
			t.Fatalf("%s does not answer at %s", name, url+ready)
		case <-tick.C:
		}
	}
}

// Do makes one request of a server and returns the status, 0 when it does not answer.
func Do(t *testing.T, method, url string, body []byte) int {
	t.Helper()
	r, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Errorf("%s %s: %v", method, url, err)
	}
	if err := response.Body.Close(); err != nil {
		t.Errorf("%s %s: %v", method, url, err)
	}
	return response.StatusCode
}

// root is the folder with go.mod, above the test's.
func root(t *testing.T) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		if up := filepath.Dir(folder); up != folder {
			folder = up
			continue
		}
		t.Fatalf("there is no go.mod above %s", strings.TrimSpace(folder))
	}
}
