// Package enginetest gives tests the programs that package engine runs.
package enginetest

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/routeiq/routeiq/envoy/envoytest"
	"github.com/routeiq/routeiq/envoy/faults/engine"
)

// Tools builds the host and the agent for a test; Go's cache makes it quick when `make build` has just done the same.
func Tools(t testing.TB) engine.Tools {
	t.Helper()
	dir := t.TempDir()
	build := func(pkg string) string {
		path := filepath.Join(dir, filepath.Base(pkg))
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./"+pkg)
		cmd.Dir = envoytest.Root(t)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("building %s: %v\n%s", pkg, err, out)
		}
		return path
	}
	return engine.Tools{
		Host: build("host/cmd/routeiq-host"), Agent: build("sync/cmd/routeiq-agent"),
		Envoy: envoytest.Binary(t), Module: envoytest.Module(t),
	}
}
