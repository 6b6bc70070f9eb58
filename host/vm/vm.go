package vm

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// VM is one instance of a module. Calls into it are serial: every method takes its lock for as long as the module runs,
// which is microseconds. A VM whose module trapped is dead for good: every later call returns the Trap.
type VM struct {
	module   *Module
	mu       sync.Mutex
	instance api.Module
	memory   api.Memory
	fn       functions
	ctx      *callContext
	stack    [8]uint64 // arguments and result of the running call
	words    [1]uint64 // of proxy_on_memory_allocate, which runs inside another call
	clock    callClock // of the running call

	scopes map[uint32]*scope
	lastID uint32
	scope  *scope // what host functions act on: the running call's, or the one set_effective_context chose
	caller *scope // the running call's

	metrics   []definedMetric
	metricIDs map[metricName]uint32
	lastCall  uint32    // token of the last HTTP call
	scratch   []byte    // of get_property
	complaint *[]string // collects what the module logs as warnings and errors while it is being configured
	started   bool      // proxy_on_vm_start ran

	trap    *Trap
	dead    atomic.Bool
	onTrap  func(*Trap)     // nil: nobody wants to know at once
	life    context.Context // ends with Close: of tickers and HTTP calls
	end     context.CancelFunc
	running sync.WaitGroup // tickers, HTTP calls and queue notices
	spawnMu sync.Mutex
	closed  bool // nothing is spawned any more
}

// scope is a context of the ABI: a plugin (stream is nil) or one of its streams.
type scope struct {
	id     uint32
	plugin *Plugin
	stream *Stream
}

// functions are the module's exports; nil where it has none.
type functions struct {
	allocate, contextCreate, vmStart, configure, tick, queueReady, callResponse api.Function
	requestHeaders, requestBody, requestTrailers                                api.Function
	responseHeaders, responseBody, responseTrailers                             api.Function
	done, log, delete                                                           api.Function
}

// callContext is the context of every call into a module; host functions find their VM by it.
type callContext struct {
	context.Context
	vm *VM
}

type vmKey struct{}

// Value lets a host function find the VM when wazero has wrapped the context.
func (c *callContext) Value(key any) any {
	if key == (vmKey{}) {
		return c.vm
	}
	return c.Context.Value(key)
}

// initLimit is how long a module may take to initialise itself; that happens outside any request.
const initLimit = 10 * time.Second

// NewVM makes an instance and runs its initialisation.
func (m *Module) NewVM(ctx context.Context) (*VM, error) {
	v := &VM{module: m, scopes: map[uint32]*scope{}, metricIDs: map[metricName]uint32{}}
	v.ctx = &callContext{context.Background(), v}
	v.life, v.end = context.WithCancel(context.Background())
	start := "_initialize"
	if m.compiled.ExportedFunctions()[start] == nil {
		start = "_start"
	}
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions(start).
		WithSysWalltime().WithSysNanotime().WithNanosleep(v.sleep).WithOsyield(v.yield).WithRandSource(rand.Reader).
		WithStdout(&lineWriter{vm: v, level: LevelInfo}).WithStderr(&lineWriter{vm: v, level: LevelError})
	v.clock = callClock{limit: max(m.options.CallLimit, initLimit)}
	for _, e := range m.options.Env {
		config = config.WithEnv(e.Name, e.Value)
	}
	ctx = experimental.WithMemoryAllocator(ctx, experimental.MemoryAllocatorFunc(reserve))
	instance, err := m.runtime.InstantiateModule(&callContext{ctx, v}, m.compiled, config)
	if err != nil {
		v.end()
		return nil, fmt.Errorf("the module cannot be started: %w", err)
	}
	v.instance, v.memory = instance, instance.Memory()
	v.bind()
	return v, nil
}

func (v *VM) bind() {
	f := v.instance.ExportedFunction
	v.fn = functions{
		allocate: f("proxy_on_memory_allocate"), contextCreate: f("proxy_on_context_create"),
		vmStart: f("proxy_on_vm_start"), configure: f("proxy_on_configure"), tick: f("proxy_on_tick"),
		queueReady: f("proxy_on_queue_ready"), callResponse: f("proxy_on_http_call_response"),
		requestHeaders: f("proxy_on_request_headers"), requestBody: f("proxy_on_request_body"),
		requestTrailers: f("proxy_on_request_trailers"), responseHeaders: f("proxy_on_response_headers"),
		responseBody: f("proxy_on_response_body"), responseTrailers: f("proxy_on_response_trailers"),
		done: f("proxy_on_done"), log: f("proxy_on_log"), delete: f("proxy_on_delete"),
	}
	if v.fn.allocate == nil {
		v.fn.allocate = f("malloc")
	}
}

// OnTrap has f called when the module fails, in whatever callback. f must not call into the VM. It must be set before the
// VM has a plugin.
func (v *VM) OnTrap(f func(*Trap)) { v.onTrap = f }

// Contexts is how many contexts live in the VM: its plugins and their streams.
func (v *VM) Contexts() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.scopes)
}

// Trapped returns the Trap of a dead VM; nil: it lives.
func (v *VM) Trapped() *Trap {
	if !v.dead.Load() {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.trap
}

// MemorySize is how much linear memory the module has, in bytes.
func (v *VM) MemorySize() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.trap != nil {
		return 0
	}
	return int64(v.memory.Size())
}

// Close frees the instance and waits for what it has under way. Streams that still use it get a Trap.
func (v *VM) Close(ctx context.Context) error {
	v.mu.Lock()
	v.kill(&Trap{Function: "Close", Reason: "the VM is closed"})
	v.mu.Unlock()
	v.spawnMu.Lock()
	v.closed = true
	v.spawnMu.Unlock()
	v.running.Wait()
	return v.instance.Close(ctx)
}

// spawn runs f beside the callers, until Close at the latest. It needs no lock: a queue may tell of an item while any VM
// runs.
func (v *VM) spawn(f func()) {
	v.spawnMu.Lock()
	defer v.spawnMu.Unlock()
	if !v.closed {
		v.running.Go(f)
	}
}

// register gives a new context its number.
func (v *VM) register(s *scope) *scope {
	v.lastID++
	s.id = v.lastID
	v.scopes[s.id] = s
	return s
}

// call runs one callback for a context; its arguments stand in v.stack. The lock must be held. Without such an export
// it returns 0, which means "continue" or "nothing" in every callback.
func (v *VM) call(f api.Function, sc *scope) (uint64, error) {
	if v.trap != nil {
		return 0, v.trap
	}
	if f == nil {
		return 0, nil
	}
	v.scope, v.caller, v.clock = sc, sc, callClock{limit: v.module.options.CallLimit}
	err := v.run(f, v.stack[:])
	v.scope, v.caller = nil, nil
	if err != nil {
		return 0, v.fail(newTrap(callbackName(f), err))
	}
	return v.stack[0], nil
}

// fail kills a VM whose module failed, and tells of it.
func (v *VM) fail(t *Trap) error {
	v.kill(t)
	if v.onTrap != nil {
		v.onTrap(t)
	}
	return v.trap
}

// callbackName is the name a callback is exported under; a stripped module has no other.
func callbackName(f api.Function) string {
	if names := f.Definition().ExportNames(); len(names) > 0 {
		return names[0]
	}
	return f.Definition().Name()
}

// run calls an export. A module that does not call home runs under a context with a deadline instead.
func (v *VM) run(f api.Function, stack []uint64) error {
	if v.module.metered {
		return f.CallWithStack(v.ctx, stack)
	}
	ctx, cancel := context.WithTimeoutCause(v.ctx, v.module.options.CallLimit, errLate)
	defer cancel()
	err := f.CallWithStack(&callContext{ctx, v}, stack)
	if err != nil && ctx.Err() != nil {
		return errors.Join(errLate, err)
	}
	return err
}

// kill ends the VM's use: every call from now on returns the trap, and whoever waits for a stream is woken up.
func (v *VM) kill(t *Trap) {
	if v.trap != nil {
		return
	}
	v.trap = t
	v.dead.Store(true)
	v.end()
	for _, sc := range v.scopes {
		if sc.stream != nil {
			sc.stream.wake()
		}
	}
	clear(v.scopes)
}

// yield is sched_yield, which a metered module calls from its loops: it ends a call that takes too long, and gives Go's
// garbage collector the chance to stop this goroutine.
func (v *VM) yield() {
	if v.clock.late(time.Now()) {
		panic(errLate)
	}
}

// sleep is the module's sleep. It counts as time of its call.
func (v *VM) sleep(ns int64) {
	v.yield()
	nap := min(time.Duration(ns), v.clock.left()+time.Millisecond)
	time.Sleep(nap)
	v.clock.used += nap
	v.yield()
}
