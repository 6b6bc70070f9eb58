package envoybasic

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/routeiq/routeiq/envoy/envoytest"
)

// TestReadme runs the README's commands as they stand there, in a folder that looks like the repository after
// `make build venv`.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var commands []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllSubmatch(readme, -1) {
		commands = append(commands, strings.TrimSpace(string(block[1])))
	}
	if len(commands) != 3 {
		t.Fatalf("the README has %d commands, expected 3: render, start, ask", len(commands))
	}
	dir := checkout(t)
	port, admin := strconv.Itoa(envoytest.FreePort(t)), strconv.Itoa(envoytest.FreePort(t))
	env := append(os.Environ(), "PORT="+port, "ADMIN_PORT="+admin)

	run(t, dir, env, commands[0])
	start(t, dir, env, commands[1], "http://127.0.0.1:"+admin+"/ready")
	out := run(t, dir, env, commands[2])
	for _, line := range []string{"Hello from RouteIQ in Envoy.", "x-routeiq-deployment: built-in", "x-routeiq-attempts: 2"} {
		if !strings.Contains(out, line+"\n") {
			t.Errorf("the answer does not say %q: %s", line, out)
		}
	}
}

// checkout makes a folder with what `make build venv` leaves.
func checkout(t *testing.T) string {
	t.Helper()
	root, dir := envoytest.Root(t), t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "build"), 0o700); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "build", "routeiq-agent"), "./sync/cmd/routeiq-agent")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, target := range map[string]string{
		"build/routeiq.wasm": envoytest.Module(t), "examples": filepath.Join(root, "examples"), ".venv": filepath.Join(root, ".venv"),
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// run runs a command that ends, and returns what it printed.
func run(t *testing.T, dir string, env []string, command string) string {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, "bash", "-c", command)
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return string(out)
}

// start runs a command that serves, until the test ends, and waits until it is ready.
func start(t *testing.T, dir string, env []string, command, ready string) {
	t.Helper()
	var log strings.Builder
	cmd := exec.Command("bash", "-c", "exec "+command) // exec: the process is the server, and can be stopped by its id
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		<-exited
		if t.Failed() {
			t.Logf("envoy:\n%s", log.String())
		}
	})
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		select {
		case err := <-exited:
			exited <- err
			t.Fatalf("%s ended: %v", command, err)
		case <-tick.C:
		}
		if resp, err := http.Get(ready); err == nil {
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err == nil && strings.TrimSpace(string(body)) == "LIVE" {
				return
			}
		}
	}
	t.Fatalf("%s is not ready in a minute", command)
}

func TestMain(m *testing.M) {
	code := m.Run()
	if err := envoytest.Cleanup(); err != nil {
		code = 1
	}
	os.Exit(code)
}
