package quickstart

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi/conformance/freeport"
	"github.com/routeiq/routeiq/envoy/envoytest"
	"github.com/routeiq/routeiq/examples/readmetest"
)

// TestRepositoryReadme runs the commands of the repository's README. Only the ports are others: those of the README may be
// taken on this machine.
func TestRepositoryReadme(t *testing.T) {
	root := envoytest.Root(t)
	commands := readmetest.Commands(t, filepath.Join(root, "README.md"))
	if len(commands) != 8 {
		t.Fatalf("the README has %d blocks of commands, expected 8: make run, curl, the host, Envoy; agent, its Envoy, its host, status", len(commands))
	}
	free := func() string { return "127.0.0.1:" + strconv.Itoa(freeport.For(t)) }
	serving := func(address string) string { return "http://" + address + "/_health/ready" }
	curl := func(address string) string { return strings.ReplaceAll(commands[1], "127.0.0.1:4000", address) }
	answered := func(where, out string) {
		t.Helper()
		if !strings.Contains(strings.ToLower(out), "x-routeiq-deployment: ") || !strings.Contains(out, `"chat.completion"`) {
			t.Errorf("%s: got %s", where, out)
		}
	}
	env := append(os.Environ(), "PATH="+filepath.Join(root, ".venv", "bin")+":"+os.Getenv("PATH"), "MAKEFLAGS=", "MAKELEVEL=")

	t.Run("make run", func(t *testing.T) {
		address := free()
		flags := " ARGS='--listen " + address + " --admin " + free() + "'"
		readmetest.Start(t, root, env, commands[0]+flags, serving(address))
		answered("make run", readmetest.Run(t, root, env, curl(address)))
	})

	dir := readmetest.Checkout(t)
	if err := os.Symlink(filepath.Join(root, "examples", "quickstart", "config.yaml"), filepath.Join(dir, "litellm.yaml")); err != nil {
		t.Fatal(err)
	}
	t.Run("routeiq-host", func(t *testing.T) {
		address := free()
		readmetest.Start(t, dir, env, commands[2]+" --listen "+address+" --admin "+free(), serving(address))
		answered("routeiq-host", readmetest.Run(t, dir, env, curl(address)))
	})
	t.Run("envoy", func(t *testing.T) {
		address := free()
		prepare, start := envoy(t, commands[3])
		readmetest.Run(t, dir, env, strings.Replace(prepare, " > ", " --listen "+address+" --envoy-admin "+free()+" > ", 1))
		readmetest.Start(t, dir, env, "envoy --use-dynamic-base-id "+start, serving(address))
		answered("envoy", readmetest.Run(t, dir, env, curl(address)))
	})
	t.Run("fleet", func(t *testing.T) {
		admin, xds, ofEnvoy, ofHost := free(), free(), free(), free()
		state := func() string { return " --state-dir " + t.TempDir() }
		readmetest.Start(t, dir, env, commands[4]+" --admin "+admin+" --xds "+xds+" --listen "+ofEnvoy+state(), serving(admin))
		prepare, start := envoy(t, commands[5])
		readmetest.Run(t, dir, env, strings.Replace(prepare, " > ", " --xds "+xds+" --admin "+free()+" > ", 1))
		readmetest.Start(t, dir, env, "envoy --use-dynamic-base-id "+start, serving(ofEnvoy))
		agent := func(command string) string { return strings.Replace(command, "127.0.0.1:4002", admin, 1) }
		readmetest.Start(t, dir, env, agent(commands[6])+" --node-id h1 --listen "+ofHost+" --admin "+free()+state(), serving(ofHost))
		answered("the agent's Envoy", readmetest.Run(t, dir, env, curl(ofEnvoy)))
		answered("the agent's host", readmetest.Run(t, dir, env, curl(ofHost)))
		if status := readmetest.Run(t, dir, env, agent(commands[7])); !strings.Contains(status, `"edge-1"`) || !strings.Contains(status, `"h1"`) {
			t.Errorf("the status tells not of both: %s", status)
		}
	})
}

// envoy takes a block apart: what prepares a file for Envoy, and the arguments Envoy is started with.
func envoy(t *testing.T, block string) (prepare, arguments string) {
	t.Helper()
	prepare, arguments, ok := strings.Cut(block, "\nenvoy ")
	if !ok {
		t.Fatalf("the block starts no Envoy: %s", block)
	}
	return prepare, arguments
}

func TestMain(m *testing.M) {
	code := m.Run()
	if err := envoytest.Cleanup(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
