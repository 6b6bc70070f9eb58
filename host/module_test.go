package host

import (
	"context"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/host/vm"
	"github.com/routeiq/routeiq/host/vm/vmtest"
)

// TestHostsOfOneModule: hosts that share compiled code share nothing else, and the one goes on when the other has ended.
func TestHostsOfOneModule(t *testing.T) {
	module, err := vm.Compile(t.Context(), vmtest.Build(t, "testdata/relay"), vm.Options{CacheDir: sharedCache})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { must(t, module.Close(context.Background())) })
	shares := func(o *Options, _ *Config) { o.Wasm, o.Module = nil, module }
	one := newBench(t, map[string]string{"ok": upstreamServer(t, status(200, "hello"))}, shares)
	two, err := New(t.Context(), Options{Module: module, Concurrency: 1}, Config{})
	if err != nil {
		t.Fatal(err)
	}
	if one.shared == two.shared || one.metrics == two.metrics {
		t.Error("they share what modules share within a host")
	}
	must(t, two.Close(context.Background()))
	if got := one.call(t, "body", "x-attempts: ok"); got.status != 200 || !strings.Contains(got.body, "hello") {
		t.Errorf("%+v\n%s", got, one.log)
	}
}
