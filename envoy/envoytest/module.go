package envoytest

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

var built struct {
	sync.Mutex
	dir     string
	modules map[string]string // package folder -> file
}

// Build compiles the Go package in folder pkg (below the repository's root) to a proxy-wasm module and returns its file.
// Each package is built once a process; Go's build cache makes the second process quick.
func Build(t testing.TB, pkg string) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	if file, ok := built.modules[pkg]; ok {
		return file
	}
	if built.modules == nil {
		// Not t.TempDir: the file outlives the first test that asks for it.
		dir, err := os.MkdirTemp("", "routeiq-envoytest-")
		if err != nil {
			t.Fatalf("envoytest: %v", err)
		}
		built.dir, built.modules = dir, map[string]string{}
	}
	file := filepath.Join(built.dir, filepath.Base(pkg)+".wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-buildmode=c-shared", "-o", file, ".")
	cmd.Dir = filepath.Join(Root(t), pkg)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("envoytest: building %s: %v\n%s", pkg, err, out)
	}
	built.modules[pkg] = file
	return file
}

// Module returns the file of RouteIQ's own module: $ROUTEIQ_WASM, else built from plugins/cmd/routeiq.
func Module(t testing.TB) string {
	t.Helper()
	if path := os.Getenv(EnvModule); path != "" {
		abs, err := filepath.Abs(path)
		if err != nil {
			t.Fatalf("envoytest: %s: %v", EnvModule, err)
		}
		if _, err := os.Stat(abs); err != nil {
			t.Fatalf("envoytest: %s names no file: %v; unset it to have the module built", EnvModule, err)
		}
		return abs
	}
	return Build(t, "plugins/cmd/routeiq")
}

// Cleanup removes the modules that were built. Call it from TestMain after m.Run.
func Cleanup() error {
	built.Lock()
	defer built.Unlock()
	dir := built.dir
	built.dir, built.modules = "", nil
	if dir == "" {
		return nil
	}
	return os.RemoveAll(dir)
}
