package meter_test

import (
	"context"
	"errors"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/routeiq/routeiq/host/vm/meter"
	"github.com/routeiq/routeiq/host/vm/vmtest"
)

// run instantiates a module and calls an export, and returns the result and how often the module called home.
func run(t testing.TB, wasm []byte, export string, argument uint64) (result uint64, yields int) {
	t.Helper()
	ctx := context.Background()
	r := wazero.NewRuntime(ctx)
	defer func() {
		if err := r.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	config := wazero.NewModuleConfig().WithStartFunctions("_initialize").WithOsyield(func() { yields++ })
	m, err := r.InstantiateWithConfig(ctx, wasm, config)
	if err != nil {
		t.Fatal(err)
	}
	yields = 0
	out, err := m.ExportedFunction(export).Call(ctx, argument)
	if err != nil {
		t.Fatal(err)
	}
	return out[0], yields
}

func TestMeteredModuleDoesTheSameAndCallsHome(t *testing.T) {
	plain := vmtest.Build(t, "testdata/loops")
	metered, err := meter.Metered(plain)
	if err != nil {
		t.Fatal(err)
	}
	const turns = 10 * meter.Period
	for _, export := range []string{"count", "recurse", "crunch"} {
		want, _ := run(t, plain, export, turns)
		got, yields := run(t, metered, export, turns)
		if uint32(got) != uint32(want) {
			t.Errorf("%s: %d, unmetered %d", export, got, want)
		}
		if yields < 9 {
			t.Errorf("%s called home %d times in %d turns", export, yields, turns)
		}
	}
}

func TestRefuses(t *testing.T) {
	if _, err := meter.Metered([]byte("\x00asm\x01\x00\x00\x00")); !errors.Is(err, meter.ErrNoYield) {
		t.Errorf("an empty module: %v", err)
	}
	if _, err := meter.Metered([]byte("elf")); err == nil {
		t.Error("not a module was taken")
	}
	wasm := vmtest.Build(t, "testdata/loops")
	for _, n := range []int{9, 100, len(wasm) / 2} {
		if _, err := meter.Metered(wasm[:n]); err == nil {
			t.Errorf("the first %d bytes of a module were taken", n)
		}
	}
}

// FuzzMetered: no input makes it panic, and what it returns for a module that wazero takes, wazero takes as well.
func FuzzMetered(f *testing.F) {
	f.Add([]byte("\x00asm\x01\x00\x00\x00"))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x01\x05\x01\x60\x00\x01\x7f" + // type ()i32
		"\x02\x26\x01\x16wasi_snapshot_preview1\x0bsched_yield\x00\x00" +
		"\x03\x02\x01\x00\x07\x05\x01\x01f\x00\x01" +
		"\x0a\x0b\x01\x09\x00\x03\x7f\x41\x01\x0d\x00\x0b\x0b")) // a loop
	r := wazero.NewRuntimeWithConfig(context.Background(), wazero.NewRuntimeConfigInterpreter())
	f.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			f.Error(err)
		}
	})
	f.Fuzz(func(t *testing.T, wasm []byte) {
		out, err := meter.Metered(wasm)
		if err != nil {
			return
		}
		c, err := r.CompileModule(context.Background(), wasm)
		if err != nil {
			return
		}
		if err := c.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		if c, err = r.CompileModule(context.Background(), out); err != nil {
			t.Fatalf("a good module became a bad one: %v", err)
		}
		if err := c.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
	})
}
