package envoytest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// Names in the environment that change what tests run.
const (
	EnvBinary = "ROUTEIQ_ENVOY" // the Envoy to run
	EnvModule = "ROUTEIQ_WASM"  // a module already built
)

// Root returns the repository's root: the folder two above this file.
func Root(t testing.TB) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(file) {
		// Built with -trimpath: go up from the package's folder, which is where go test runs a test.
		dir, err := os.Getwd()
		if err != nil {
			t.Fatalf("envoytest: %v", err)
		}
		for {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				return dir
			}
			up := filepath.Dir(dir)
			if up == dir {
				t.Fatal("envoytest: no go.mod above the test's folder; run the tests from the repository")
			}
			dir = up
		}
	}
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

// Binary returns the path of the Envoy under test: $ROUTEIQ_ENVOY, else .venv/bin/envoy below the repository's root.
func Binary(t testing.TB) string {
	t.Helper()
	path := os.Getenv(EnvBinary)
	if path == "" {
		path = filepath.Join(Root(t), ".venv", "bin", "envoy")
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("envoytest: no Envoy at %s: run `make venv`, or set %s to an Envoy of version 1.39 or later", path, EnvBinary)
	}
	return path
}

// validateWithin bounds `envoy --mode validate`, which compiles the module.
const validateWithin = 60 * time.Second

// Validate runs `envoy --mode validate` over a configuration, in folder dir (that relative file names mean), and returns
// what it printed; the error tells that Envoy refused it.
func Validate(t testing.TB, config []byte, dir string) (string, error) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), validateWithin)
	defer stop()
	cmd := exec.CommandContext(ctx, Binary(t), "--mode", "validate", "-c", write(t, config))
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("envoy --mode validate: %w", err)
	}
	return string(out), nil
}

// write puts a configuration into a file that Envoy will read by its ending.
func write(t testing.TB, config []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "envoy.yaml")
	if err := os.WriteFile(path, config, 0o600); err != nil {
		t.Fatalf("envoytest: %v", err)
	}
	return path
}
