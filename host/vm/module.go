package vm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/routeiq/routeiq/host/vm/meter"
)

// Defaults of Options.
const (
	DefaultMemoryLimit = 512 << 20
	DefaultCallLimit   = time.Second
)

// Options say how modules run. The zero value is usable.
type Options struct {
	VMID        string        // the scope of shared data and queues
	MemoryLimit int64         // bytes of one VM at most, counted in pages of 64 KiB; 0: DefaultMemoryLimit
	CallLimit   time.Duration // how long one call into a module may take; 0: DefaultCallLimit
	Node        Node          // what the module reads as node.id and node.cluster
	Env         []Variable    // the module's environment variables

	// CacheDir is where compiled code is kept. Empty: "routeiq" in the user's cache folder. A folder that cannot be
	// used costs a warning and the time to compile. NoCache keeps nothing.
	CacheDir string
	NoCache  bool

	Log     *slog.Logger // what modules log and print, and what becomes of them; nil: nothing
	Shared  *Shared      // nil: a new one
	Metrics Metrics      // nil: metrics are kept and shown to nobody
	Caller  Caller       // nil: a module's HTTP calls are refused

	// Foreign are the functions for proxy_call_foreign_function beside clear_route_cache: they get the argument and
	// return the result. They run while the module waits and must not call back into it.
	Foreign map[string]func(argument []byte) ([]byte, Status)
}

// Node identifies this proxy to a module.
type Node struct{ ID, Cluster string }

// Variable is an environment variable.
type Variable struct{ Name, Value string }

// Module is a compiled module that VMs are made of.
type Module struct {
	options  Options
	runtime  wazero.Runtime
	cache    wazero.CompilationCache
	compiled wazero.CompiledModule
	metered  bool // it calls home from its loops; else each call runs under a context with a deadline
	lent     bool // the compiled code is another Module's, which frees it
}

// Compile checks and compiles a module. Its errors say in one sentence what the module lacks or asks for too much.
func Compile(ctx context.Context, wasm []byte, options Options) (*Module, error) {
	options = options.withDefaults()
	m := &Module{options: options}
	code, err := meter.Metered(wasm)
	m.metered = err == nil
	if err != nil {
		code = wasm
		options.Log.Warn("the module cannot be metered; its calls are bounded in a slower way", "reason", err)
	}
	m.cache = openCache(&options)
	if err := m.compile(ctx, code); err != nil {
		return nil, errors.Join(err, m.Close(ctx))
	}
	return m, nil
}

// With returns a module of the same compiled code for other surroundings: compiling is most of what a start takes, and a process
// that runs the module for several hosts need not do it for each. How it was compiled, the bound of its memory included, stays as
// it is. m must not be closed before the last VM of the new one.
func (m *Module) With(options Options) *Module {
	options.MemoryLimit = m.options.MemoryLimit
	return &Module{options: options.withDefaults(), runtime: m.runtime, compiled: m.compiled, metered: m.metered, lent: true}
}

// Close frees the compiled code, unless it came by With. Every VM must be closed before.
func (m *Module) Close(ctx context.Context) error {
	if m.lent {
		return nil
	}
	var errs []error
	if m.runtime != nil {
		errs = append(errs, m.runtime.Close(ctx))
	}
	if m.cache != nil {
		errs = append(errs, m.cache.Close(ctx))
	}
	return errors.Join(errs...)
}

func (o Options) withDefaults() Options {
	if o.MemoryLimit <= 0 {
		o.MemoryLimit = DefaultMemoryLimit
	}
	if o.CallLimit <= 0 {
		o.CallLimit = DefaultCallLimit
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Shared == nil {
		o.Shared = NewShared()
	}
	if o.Metrics == nil {
		o.Metrics = newPlainMetrics()
	}
	return o
}

// openCache returns the cache of compiled code; nil: there is none.
func openCache(o *Options) wazero.CompilationCache {
	if o.NoCache {
		return nil
	}
	dir := o.CacheDir
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			o.Log.Warn("compiled code is not kept: there is no cache folder; set one with --cache-dir", "reason", err)
			return nil
		}
		dir = filepath.Join(base, "routeiq")
	}
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		o.Log.Warn("compiled code is not kept: the cache folder cannot be used; choose another with --cache-dir",
			"dir", dir, "reason", err)
		return nil
	}
	return cache
}

func (m *Module) compile(ctx context.Context, code []byte) (err error) {
	config := wazero.NewRuntimeConfig().
		WithMemoryLimitPages(uint32(min(m.options.MemoryLimit/65536, 65536))).
		WithCloseOnContextDone(!m.metered)
	if m.cache != nil {
		config = config.WithCompilationCache(m.cache)
	}
	m.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	if m.compiled, err = m.runtime.CompileModule(ctx, code); err != nil {
		return fmt.Errorf("the module cannot be compiled: %w", err)
	}
	if err = checkExports(m.compiled); err != nil {
		return err
	}
	return m.provideImports(ctx)
}

// provideImports makes the host functions, after it has checked that the module asks for none that do not exist.
func (m *Module) provideImports(ctx context.Context) error {
	env := m.runtime.NewHostModuleBuilder("env")
	for name, f := range hostFunctions {
		env.NewFunctionBuilder().WithGoModuleFunction(bind(f), f.params, f.results).Export(name)
	}
	builders := map[string]wazero.HostModuleBuilder{"env": env}
	for _, name := range []string{"wasi_snapshot_preview1", "wasi_unstable"} {
		b := m.runtime.NewHostModuleBuilder(name)
		wasi_snapshot_preview1.NewFunctionExporter().ExportFunctions(b)
		builders[name] = b
	}
	provided := map[string]map[string]api.FunctionDefinition{}
	wanted := map[string]bool{}
	var unknown []string
	for _, d := range m.compiled.ImportedFunctions() {
		module, name, _ := d.Import()
		wanted[module] = true
		if b, ok := builders[module]; ok && provided[module] == nil {
			c, err := b.Compile(ctx)
			if err != nil {
				return fmt.Errorf("host functions of %s: %w", module, err)
			}
			provided[module] = c.ExportedFunctions()
		}
		if have, ok := provided[module][name]; !ok || !sameType(have, d) {
			unknown = append(unknown, module+"."+name+typeText(d))
		}
	}
	for _, d := range m.compiled.ImportedMemories() {
		module, name, _ := d.Import()
		unknown = append(unknown, module+"."+name+" (a memory)")
	}
	if unknown != nil {
		sort.Strings(unknown)
		return fmt.Errorf("the module imports what this host does not provide: %s", strings.Join(unknown, ", "))
	}
	for module, b := range builders {
		if wanted[module] {
			if _, err := b.Instantiate(ctx); err != nil {
				return fmt.Errorf("host functions of %s: %w", module, err)
			}
		}
	}
	return nil
}

const i32, i64 = api.ValueTypeI32, api.ValueTypeI64

// Callbacks a module may export, with their types. Those that are required are checked apart.
var callbacks = map[string]signature{
	"proxy_on_context_create":     {[]api.ValueType{i32, i32}, nil},
	"proxy_on_vm_start":           {[]api.ValueType{i32, i32}, []api.ValueType{i32}},
	"proxy_on_configure":          {[]api.ValueType{i32, i32}, []api.ValueType{i32}},
	"proxy_on_tick":               {[]api.ValueType{i32}, nil},
	"proxy_on_queue_ready":        {[]api.ValueType{i32, i32}, nil},
	"proxy_on_http_call_response": {[]api.ValueType{i32, i32, i32, i32, i32}, nil},
	"proxy_on_request_headers":    {[]api.ValueType{i32, i32, i32}, []api.ValueType{i32}},
	"proxy_on_request_body":       {[]api.ValueType{i32, i32, i32}, []api.ValueType{i32}},
	"proxy_on_request_trailers":   {[]api.ValueType{i32, i32}, []api.ValueType{i32}},
	"proxy_on_response_headers":   {[]api.ValueType{i32, i32, i32}, []api.ValueType{i32}},
	"proxy_on_response_body":      {[]api.ValueType{i32, i32, i32}, []api.ValueType{i32}},
	"proxy_on_response_trailers":  {[]api.ValueType{i32, i32}, []api.ValueType{i32}},
	"proxy_on_done":               {[]api.ValueType{i32}, []api.ValueType{i32}},
	"proxy_on_log":                {[]api.ValueType{i32}, nil},
	"proxy_on_delete":             {[]api.ValueType{i32}, nil},
	"proxy_on_memory_allocate":    {[]api.ValueType{i32}, []api.ValueType{i32}},
	"malloc":                      {[]api.ValueType{i32}, []api.ValueType{i32}},
}

type signature struct{ params, results []api.ValueType }

// checkExports refuses a module that is none for this ABI, before any of its code runs.
func checkExports(c wazero.CompiledModule) error {
	have := c.ExportedFunctions()
	if have["proxy_abi_version_0_2_0"] == nil && have["proxy_abi_version_0_2_1"] == nil {
		return errors.New("the module is none for proxy-wasm ABI 0.2: it exports neither proxy_abi_version_0_2_0 nor proxy_abi_version_0_2_1")
	}
	if len(c.ExportedMemories()) == 0 {
		return errors.New("the module exports no memory")
	}
	if have["proxy_on_context_create"] == nil {
		return errors.New("the module does not export proxy_on_context_create(i32,i32)")
	}
	if have["proxy_on_memory_allocate"] == nil && have["malloc"] == nil {
		return errors.New("the module exports neither proxy_on_memory_allocate(i32)i32 nor malloc(i32)i32")
	}
	for name, want := range callbacks {
		if d := have[name]; d != nil && (!sameTypes(d.ParamTypes(), want.params) || !sameTypes(d.ResultTypes(), want.results)) {
			return fmt.Errorf("the module exports %s%s, expected %s%s", name, typeText(d), name, typesText(want.params, want.results))
		}
	}
	return nil
}

func sameType(a, b api.FunctionDefinition) bool {
	return sameTypes(a.ParamTypes(), b.ParamTypes()) && sameTypes(a.ResultTypes(), b.ResultTypes())
}

func sameTypes(a, b []api.ValueType) bool { return string(a) == string(b) }

func typeText(d api.FunctionDefinition) string { return typesText(d.ParamTypes(), d.ResultTypes()) }

func typesText(params, results []api.ValueType) string {
	names := func(types []api.ValueType) string {
		var out []string
		for _, t := range types {
			out = append(out, api.ValueTypeName(t))
		}
		return strings.Join(out, ",")
	}
	return "(" + names(params) + ")" + names(results)
}
