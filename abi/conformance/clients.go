package conformance

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi/conformance/upstream"
)

// EnvPython names the environment variable that holds another Python than that of the repository's own environment.
const EnvPython = "ROUTEIQ_PYTHON"

// clientsWithin bounds one client program.
const clientsWithin = 3 * time.Minute

// passed is the last line of a client program.
var passed = regexp.MustCompile(`(?m)^(\d+) of (\d+) checks passed$`)

// RunClients calls an engine with the client libraries of OpenAI and Anthropic: the programs of testdata/clients.
func RunClients(t *testing.T, e Engine, workers int) {
	dir := filepath.Join(Root(t), "testdata", "clients")
	config, err := os.ReadFile(filepath.Join(dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s := &Scenario{Name: "clients", Config: config}
	w, err := single(s).build(Options{Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	for letter, script := range map[string]upstream.Script{
		"l": {Status: 429, Header: [][2]string{{"retry-after", "2"}}},
		"x": {Status: 500},
		"y": {Status: 400},
		"z": {Gzip: true},
	} {
		w.byScenario["clients"][letter].Play(script)
	}
	session, err := e.Load(Setup{Config: w.config, Workers: workers, Upstreams: w.byAddress})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := session.Close(); err != nil {
			t.Error(err)
		}
	})
	proxy, ok := session.(interface{ Address() string })
	if !ok {
		t.Fatalf("%s does not listen anywhere", e.Name())
	}
	for _, program := range []string{"openai_client.py", "anthropic_client.py"} {
		t.Run(program, func(t *testing.T) { runClient(t, filepath.Join(dir, program), proxy.Address()) })
	}
}

// runClient runs one program; an exception in it, or no check at all, fails the test.
func runClient(t *testing.T, program, url string) {
	python := pythonOf(t)
	ctx, stop := context.WithTimeout(t.Context(), clientsWithin)
	defer stop()
	cmd := exec.CommandContext(ctx, python, program, url)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	found := passed.FindSubmatch(out)
	if found == nil || string(found[1]) != string(found[2]) {
		t.Fatalf("the program did not say that its checks passed:\n%s", out)
	}
	if n, err := strconv.Atoi(string(found[1])); err != nil || n < 10 {
		t.Fatalf("only %s checks were made", found[1])
	}
}
