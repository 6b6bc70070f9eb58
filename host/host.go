// Package host is RouteIQ's data plane without Envoy: an http.Handler that runs the module as Envoy runs it. It decides
// nothing about models; what it does is Envoy's part of docs/abi.md, so that the module cannot tell who runs it.
//
//	client → ServeHTTP → router stream → attempts: adapter stream → host/upstream → … → router stream → client
package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host/metrics"
	"github.com/routeiq/routeiq/host/upstream"
	"github.com/routeiq/routeiq/host/vm"
)

// Options say how a Host runs. Only Wasm is required, or Module in its place.
type Options struct {
	Wasm        []byte        // the module
	Module      *vm.Module    // the module where it is compiled already, for hosts that share its code; they do not close it
	Concurrency int           // VMs; 0: one per core
	MemoryLimit int64         // bytes of one VM; 0: vm.DefaultMemoryLimit; a Module has its own
	CallLimit   time.Duration // how long one call into a module may take; 0: vm.DefaultCallLimit
	CacheDir    string        // of compiled code; empty: the user's cache folder
	NoCache     bool
	NodeID      string // what a module reads as node.id

	// Agent sends what a module calls at the cluster abi.AgentCluster, which is none of a configuration's. The URL of such a
	// request is a path alone. nil: there is no such cluster.
	Agent http.RoundTripper

	Log         *slog.Logger // nil: nothing is logged
	DecisionLog io.Writer    // one JSON line per decision; nil: none

	// IdleTimeout bounds what nothing else does: how long a client may take to send its request's body, or to take a piece
	// of its answer, and how long a module may hold a message. 0: DefaultIdleTimeout.
	IdleTimeout time.Duration
}

// DefaultIdleTimeout is Envoy's default for a stream on which nothing moves.
const DefaultIdleTimeout = 5 * time.Minute

// moduleEnv lets the collector of a module written in Go run at five times the live memory instead of two: it then costs
// a request 5 % less, for some megabytes in each VM. Other modules do not read it.
var moduleEnv = []vm.Variable{{Name: "GOGC", Value: "400"}}

// Host runs the module for many exchanges at once.
type Host struct {
	options   Options
	log       *slog.Logger
	module    *vm.Module
	shared    *vm.Shared
	pool      *upstream.Pool
	metrics   *metrics.Registry
	decisions *decisionLog // nil: none

	mu         sync.Mutex // of everything that changes generations
	workers    []*worker
	generation atomic.Pointer[generation]
	turn       atomic.Uint32
	revived    []atomic.Int64 // by worker: when its replacement was tried last

	spawnMu    sync.Mutex
	background sync.WaitGroup
	closed     atomic.Bool

	draining atomic.Bool
	inFlight atomic.Int64
	traps    atomic.Int64
	swaps    atomic.Int64 // taken, the first included
	refusals atomic.Int64
	idle     chan struct{} // told when inFlight becomes 0
}

// New compiles the module and starts its VMs with a first configuration. A module or a configuration that is refused is
// an error; nothing is left running then.
func New(ctx context.Context, options Options, config Config) (*Host, error) {
	if options.Concurrency <= 0 {
		options.Concurrency = runtime.GOMAXPROCS(0)
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.IdleTimeout <= 0 {
		options.IdleTimeout = DefaultIdleTimeout
	}
	h := &Host{
		revived: make([]atomic.Int64, options.Concurrency),
		options: options, log: options.Log, shared: vm.NewShared(), pool: upstream.NewPool(), metrics: metrics.New(), idle: make(chan struct{}, 1),
	}
	if options.DecisionLog != nil {
		h.decisions = newDecisionLog(options.DecisionLog, options.Log)
	}
	surroundings := vm.Options{
		VMID: abi.VMID, MemoryLimit: options.MemoryLimit, CallLimit: options.CallLimit,
		CacheDir: options.CacheDir, NoCache: options.NoCache, Env: moduleEnv, Node: vm.Node{ID: options.NodeID},
		Log: options.Log, Shared: h.shared, Metrics: h.metrics, Caller: caller{h},
	}
	if options.Module != nil {
		h.module = options.Module.With(surroundings)
	} else {
		var err error
		if h.module, err = vm.Compile(ctx, options.Wasm, surroundings); err != nil {
			return nil, errors.Join(err, h.Close(ctx))
		}
	}
	if err := h.Swap(ctx, config); err != nil {
		return nil, errors.Join(err, h.Close(ctx))
	}
	return h, nil
}

// Drain makes the host say that it is not ready, and waits until no exchange is in flight, or the context ends.
func (h *Host) Drain(ctx context.Context) error {
	h.draining.Store(true)
	for h.inFlight.Load() > 0 {
		select {
		case <-h.idle:
		case <-ctx.Done():
			return fmt.Errorf("%d requests were still in flight: %w", h.inFlight.Load(), ctx.Err())
		}
	}
	return nil
}

// Draining tells whether Drain was called.
func (h *Host) Draining() bool { return h.draining.Load() }

// Close stops everything. Exchanges in flight get errors: Drain first.
func (h *Host) Close(ctx context.Context) error {
	h.spawnMu.Lock()
	h.closed.Store(true)
	h.spawnMu.Unlock()
	h.mu.Lock()
	workers := h.workers
	h.workers = nil
	g := h.generation.Load()
	h.mu.Unlock()
	var errs []error
	if g != nil {
		g.closePlugins()
	}
	for _, w := range workers {
		errs = append(errs, w.vm.Close(ctx))
	}
	h.background.Wait()
	if h.module != nil {
		errs = append(errs, h.module.Close(ctx))
	}
	h.pool.Close()
	if h.decisions != nil {
		errs = append(errs, h.decisions.close())
	}
	return errors.Join(errs...)
}
