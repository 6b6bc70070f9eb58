package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/routeiq/routeiq/envoy/bench/profile"
	"github.com/routeiq/routeiq/envoy/bench/report"
	"github.com/routeiq/routeiq/envoy/bench/workload"
	"github.com/routeiq/routeiq/envoy/process"
)

const ours = "github.com/routeiq/routeiq/"

// hostParts are what the host's time is divided into: a sample counts for the innermost of its functions that is in one.
var hostParts = []profile.Part{
	// Compiled WebAssembly is code that Go's profiler cannot name.
	{Name: "the module: WebAssembly code, and Go's runtime in it", Prefixes: []string{"runtime._ExternalCode"}},
	{Name: "memory: allocation and garbage collection of the host", Prefixes: []string{"runtime.mallocgc", "runtime.gcBgMarkWorker", "runtime.gcAssistAlloc", "runtime.bgsweep", "runtime.bgscavenge"}},
	{Name: "between host and module: calls into it, and the host functions it calls", Prefixes: []string{ours + "host/vm", "github.com/tetratelabs/wazero"}},
	{Name: "system calls: sockets, the decision log", Prefixes: []string{"syscall.", "internal/runtime/syscall"}},
	{Name: "the scheduler: goroutines wait and wake", Prefixes: []string{"runtime.mcall", "runtime.schedule", "runtime.findRunnable", "runtime.goexit0", "runtime.ready", "runtime.futex", "runtime.mstart"}},
	{Name: "net/http: parsing and writing, both sides", Prefixes: []string{"net/http"}},
	{Name: "the host's own code", Prefixes: []string{ours}},
}

// profileHost runs the host inside this binary, with a profile around it, under the 0.5 kB workload.
func (b *bench) profileHost(ctx context.Context, r *report.Report, _ *field) error {
	b.progress("a CPU profile of the host")
	dir := b.dir
	if b.profile != "" {
		dir = b.profile
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	config, err := b.file("config-profile.yaml", twenty(group, b.provider))
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "host.pprof")
	t := rewritten(nameHost + ", profiled")
	t.address = loopback(port)
	if _, err := b.launch(ctx, t, process.Command{Path: b.self, Stdin: true, Args: []string{
		"-role", roleHost, "-listen", t.address, "-config", config, "-wasm", b.wasm, "-cache", filepath.Join(b.dir, cacheDir), "-profile", path,
	}}); err != nil {
		return err
	}
	// A hundred samples a second: so much is needed for one percent to mean something.
	got, samples, err := b.turn(ctx, workload.Small, many, t, max(time.Duration(b.rounds)*b.slice, time.Second))
	if err != nil {
		return err
	}
	for _, s := range samples {
		r.Notes = append(r.Notes, t.name+": "+s)
	}
	if err := b.stop(t); err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	p, err := profile.Read(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	pair := &r.Pairs[pairHost]
	for i, share := range p.Shares(hostParts) {
		name := "everything else"
		if i < len(hostParts) {
			name = hostParts[i].Name
		}
		pair.Hotspots = append(pair.Hotspots, report.Hotspot{Text: name, Share: share, CPU: time.Duration(share * float64(p.Time()) / float64(max(got.Requests, 1)))})
	}
	return nil
}
