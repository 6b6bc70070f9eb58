package envoy

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/envoy/envoytest"
	"github.com/routeiq/routeiq/envoy/faults/engine/enginetest"
)

// TestServedModule: Envoys that have no file of the module fetch it from their agent, answer their very first request, change their
// configuration without a request that fails, and take another module from the agent that comes after.
func TestServedModule(t *testing.T) {
	t.Parallel()
	tools := enginetest.Tools(t)
	up := model(t)
	code, err := os.ReadFile(tools.Module)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "routeiq.wasm")
	write := func(code []byte) {
		t.Helper()
		if err := os.WriteFile(file, code, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(code)
	tools.Module = filepath.Join(t.TempDir(), "there-is-none.wasm")
	a := newAgent(t, tools, configOf("simple-shuffle", [3]string{"a", up.URL, "sk-a"}), "--serve-module", "--wasm", file,
		"--acknowledge", "2m") // an Envoy compiles the other module, on a machine that has much else to do
	proxies := []*envoytest.Envoy{a.join("edge-1"), a.join("edge-2")}
	for _, p := range proxies {
		if got, err := askChat(p, false); err != nil || got.status != 200 {
			t.Fatalf("the first request: %+v, %v\n%s", got, err, p.Log())
		}
	}
	s := a.until("run by both", runs(2))

	l := &load{stop: make(chan struct{}), ids: map[string]string{}}
	for _, p := range proxies {
		startLoad(p, l)
	}
	a.write(configOf("round-robin", [3]string{"a", up.URL, "sk-a"}))
	was := s.Revision
	s = a.until("run by both", func(now *status) bool { return runs(2)(now) && now.Revision != was })

	close(l.stop)
	l.wg.Wait()
	if len(l.wrong) > 0 || l.asked == 0 {
		t.Errorf("%d of %d requests failed: %q", len(l.wrong), l.asked, l.wrong[:min(5, len(l.wrong))])
	}

	a.kill()
	// Another module: the same code, and a section that is for people. Its name is one letter, its contents are one byte.
	write(append(code, 0, 3, 1, 'x', 0))
	a.start()
	a.write(configOf("simple-shuffle", [3]string{"a", up.URL, "sk-a2"}))
	was = s.Revision
	a.until("run by both, of another module", func(now *status) bool { return runs(2)(now) && now.Revision != was && now.Last == nil })
	for _, p := range proxies {
		if got, err := askChat(p, false); err != nil || got.status != 200 || got.header.Get(abi.HeaderRevision) == was {
			t.Errorf("afterwards: %+v, %v", got, err)
		}
	}
}

// TestReplacedModule: a module whose file is replaced under a running Envoy is taken with the next configuration, by both roles.
func TestReplacedModule(t *testing.T) {
	t.Parallel()
	tools := enginetest.Tools(t)
	up := model(t)
	code, err := os.ReadFile(tools.Module)
	if err != nil {
		t.Fatal(err)
	}
	tools.Module = filepath.Join(t.TempDir(), "routeiq.wasm")
	write := func(code []byte) {
		t.Helper()
		if err := os.WriteFile(tools.Module, code, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(code)
	a := newAgent(t, tools, configOf("simple-shuffle", [3]string{"a", up.URL, "sk-a"}))
	e := a.join("edge-1")
	was := a.until("run", runs(1)).Revision
	write(append(code, 0, 3, 1, 'x', 0))
	if got, err := askChat(e, false); err != nil || got.status != 200 {
		t.Errorf("before the next configuration: %+v, %v", got, err)
	}
	a.write(configOf("round-robin", [3]string{"a", up.URL, "sk-a"}))
	a.until("run", func(now *status) bool { return runs(1)(now) && now.Revision != was })
	if got, err := askChat(e, false); err != nil || got.status != 200 {
		t.Errorf("of new code: %+v, %v", got, err)
	}
}
