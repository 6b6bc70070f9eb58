// Package readmetest runs the commands of a README as they stand there.
package readmetest

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/routeiq/routeiq/envoy/envoytest"
)

var block = regexp.MustCompile("(?ms)^ *```sh\n(.*?)^ *```")

// Commands returns the shell blocks of a README, in order.
func Commands(t testing.TB, readme string) []string {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	var commands []string
	for _, b := range block.FindAllSubmatch(text, -1) {
		commands = append(commands, strings.TrimSpace(string(b[1])))
	}
	return commands
}

// Checkout makes a folder that looks like the repository after `make build venv`.
func Checkout(t testing.TB) string {
	t.Helper()
	root, dir := envoytest.Root(t), t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "build"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"sync/cmd/routeiq-agent", "host/cmd/routeiq-host"} {
		build := exec.Command("go", "build", "-o", filepath.Join(dir, "build", filepath.Base(command)), "./"+command)
		build.Dir = root
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
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

// Run runs a command that ends, and returns what it printed.
func Run(t testing.TB, dir string, env []string, command string) string {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, "bash", "-euc", command)
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return string(out)
}

// Start runs a command that serves, until the test ends, and waits until ready answers 200.
func Start(t testing.TB, dir string, env []string, command, ready string) {
	t.Helper()
	var log strings.Builder
	cmd := exec.Command("bash", "-c", "exec "+command) // exec: the process is the server, and can be stopped by its id
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &log, &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // make has a child that serves: both are stopped
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() { cmd.Wait(); close(exited) }() //nolint:errcheck // ended by a signal, which is an error to Wait
	t.Cleanup(func() {
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		<-exited
		if t.Failed() {
			t.Logf("%s:\n%s", command, log.String())
		}
	})
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); {
		select {
		case <-exited:
			t.Fatalf("%s ended", command)
		case <-tick.C:
		}
		if good(ready) {
			return
		}
	}
	t.Fatalf("%s is not ready in two minutes", command)
}

func good(url string) bool {
	resp, err := http.Get(url)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil && resp.StatusCode == http.StatusOK
}
