package envoybasic

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi/conformance/freeport"
	"github.com/routeiq/routeiq/envoy/envoytest"
	"github.com/routeiq/routeiq/examples/readmetest"
)

// TestReadme runs the README's commands as they stand there, in a folder that looks like the repository after
// `make build venv`.
func TestReadme(t *testing.T) {
	commands := readmetest.Commands(t, "README.md")
	if len(commands) != 3 {
		t.Fatalf("the README has %d commands, expected 3: render, start, ask", len(commands))
	}
	dir := readmetest.Checkout(t)
	port, admin := strconv.Itoa(freeport.For(t)), strconv.Itoa(freeport.For(t))
	env := append(os.Environ(), "PORT="+port, "ADMIN_PORT="+admin)

	readmetest.Run(t, dir, env, commands[0])
	readmetest.Start(t, dir, env, commands[1], "http://127.0.0.1:"+admin+"/ready")
	out := readmetest.Run(t, dir, env, commands[2])
	for _, line := range []string{"Hello from RouteIQ in Envoy.", "x-routeiq-deployment: built-in", "x-routeiq-attempts: 2"} {
		if !strings.Contains(out, line+"\n") {
			t.Errorf("the answer does not say %q: %s", line, out)
		}
	}
}

func TestMain(m *testing.M) {
	code := m.Run()
	if err := envoytest.Cleanup(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
