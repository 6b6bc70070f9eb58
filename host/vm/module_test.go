package vm

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/host/vm/vmtest"
)

// wasmModule writes a tiny module: functions without code beyond "unreachable", exported under names.
type wasmModule struct {
	imports []string // "module.name" of type (i32)i32
	exports []string // "name/kind": kind 0 is of type ()(), 1 (i32)i32, 2 (i32,i32)(), 3 (i32,i32)i32
	memory  bool
}

func (w wasmModule) bytes() []byte {
	name := func(s string) []byte { return append([]byte{byte(len(s))}, s...) }
	section := func(id byte, n int, body []byte) []byte {
		body = append([]byte{byte(n)}, body...)
		return append([]byte{id, byte(len(body))}, body...)
	}
	var imports, functions, exports, code []byte
	for _, i := range w.imports {
		module, field, _ := strings.Cut(i, ".")
		imports = append(append(append(imports, name(module)...), name(field)...), 0, 1)
	}
	for i, e := range w.exports {
		field, kind, _ := strings.Cut(e, "/")
		functions = append(functions, kind[0]-'0')
		exports = append(append(exports, name(field)...), 0, byte(len(w.imports)+i))
		code = append(code, 3, 0, 0x00, 0x0b) // no locals, unreachable, end
	}
	out := []byte("\x00asm\x01\x00\x00\x00")
	out = append(out, section(1, 4, []byte{
		0x60, 0, 0,
		0x60, 1, 0x7f, 1, 0x7f,
		0x60, 2, 0x7f, 0x7f, 0,
		0x60, 2, 0x7f, 0x7f, 1, 0x7f})...)
	out = append(out, section(2, len(w.imports), imports)...)
	out = append(out, section(3, len(w.exports), functions)...)
	n := len(w.exports)
	if w.memory {
		out = append(out, section(5, 1, []byte{0, 1})...)
		exports = append(append(exports, name("memory")...), 2, 0)
		n++
	}
	out = append(out, section(7, n, exports)...)
	return append(out, section(10, len(w.exports), code)...)
}

func TestCompileRefuses(t *testing.T) {
	marker, create, malloc := "proxy_abi_version_0_2_1/0", "proxy_on_context_create/2", "malloc/1"
	tests := []struct {
		name   string
		wasm   []byte
		reason string
	}{
		{"no module", []byte("#!/bin/sh"), "the module cannot be compiled"},
		{"no marker", wasmModule{memory: true, exports: []string{create, malloc}}.bytes(), "proxy_abi_version_0_2_1"},
		{"no memory", wasmModule{exports: []string{marker, create, malloc}}.bytes(), "exports no memory"},
		{"no contexts", wasmModule{memory: true, exports: []string{marker, malloc}}.bytes(), "proxy_on_context_create(i32,i32)"},
		{"no allocation", wasmModule{memory: true, exports: []string{marker, create}}.bytes(), "neither proxy_on_memory_allocate"},
		{"wrong type", wasmModule{memory: true, exports: []string{marker, create, malloc, "proxy_on_vm_start/2"}}.bytes(),
			"exports proxy_on_vm_start(i32,i32), expected proxy_on_vm_start(i32,i32)i32"},
		{"unknown imports", wasmModule{memory: true, exports: []string{marker, create, malloc},
			imports: []string{"env.proxy_fly", "env.proxy_done", "other.x", "env.proxy_get_log_level"}}.bytes(),
			"does not provide: env.proxy_done(i32)i32, env.proxy_fly(i32)i32, other.x(i32)i32"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Compile(t.Context(), tt.wasm, Options{NoCache: true})
			if err == nil || !strings.Contains(err.Error(), tt.reason) {
				t.Errorf("got %v, want %q in it", err, tt.reason)
			}
		})
	}
	m, err := Compile(t.Context(), wasmModule{memory: true, exports: []string{marker, create, malloc}}.bytes(), Options{NoCache: true})
	if err != nil {
		t.Fatalf("the smallest good module: %v", err)
	}
	must(t, m.Close(t.Context()))
}

func TestCacheFolder(t *testing.T) {
	wasm := vmtest.Build(t, "testdata/guest")
	dir := filepath.Join(t.TempDir(), "cache")
	m, err := Compile(t.Context(), wasm, Options{CacheDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	must(t, m.Close(t.Context()))
	if entries, err := os.ReadDir(dir); err != nil || len(entries) == 0 {
		t.Errorf("nothing was kept: %v %v", entries, err)
	}

	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	var log bytes.Buffer
	m, err = Compile(t.Context(), wasm, Options{CacheDir: file, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatalf("a cache folder that cannot be used must not matter: %v", err)
	}
	must(t, m.Close(t.Context()))
	if !strings.Contains(log.String(), file) {
		t.Errorf("no warning names the folder: %s", &log)
	}
}
