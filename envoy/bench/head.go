package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/routeiq/routeiq/envoy/bench/machine"
	"github.com/routeiq/routeiq/envoy/bench/report"
)

// head fills in what ran, on what, and how.
func (b *bench) head(ctx context.Context, r *report.Report) error {
	cpu, err1 := machine.CPU()
	kernel, err2 := machine.Kernel()
	envoy, err3 := machine.Envoy(ctx, b.envoy)
	load, err5 := machine.Load()
	wazero, goVersion, err4 := machine.Module(b.host, "github.com/tetratelabs/wazero")
	r.Machine = []report.Fact{
		{Name: "cores", Value: cpu}, {Name: "kernel", Value: kernel},
		{Name: "Envoy", Value: envoy + ", one worker a core"},
		{Name: "host", Value: fmt.Sprintf("%s, wazero %s", goVersion, wazero)},
		{Name: "Go proxy, load generator", Value: runtime.Version()},
		{Name: "load average before the run", Value: load},
		{Name: "date", Value: time.Now().UTC().Format(time.DateOnly)},
	}
	r.Command = strings.Join(append([]string{"make bench"}, b.shown...), " ")
	if len(b.shown) > 0 {
		r.Command = strings.Join(append([]string{"go run ./envoy/bench -out docs/benchmarks.md"}, b.shown...), " ")
	}
	r.Settings = b.settings()
	return errors.Join(err1, err2, err3, err4, err5)
}

// settings describes the run.
func (b *bench) settings() string {
	text := fmt.Sprintf(`Every proxy is a process of its own, and so are the provider and the load generator. All proxies run at the same time and are
idle but for the one whose turn it is: in each of %d rounds every proxy is measured for %s, every second round in the opposite
order, so that what drifts in the machine hits all alike. "Added" is the difference within a round. The load generator has
one request in flight on each connection and compares every answer with the bytes it must have; an answer that differs in
one byte is an error. CPU is utime + stime of /proc/PID/stat. Envoy and the host run the same file routeiq.wasm.

Envoy with RouteIQ runs the file that `+"`routeiq-agent render`"+` prints, as it is: %d deployments in one group, simple-shuffle, a
provider key each, all at the same provider; the model clients name is not the provider's, so bodies are rewritten. Plain
Envoy has one route to one cluster and the same connection manager, buffer limit and access log, without the module and
without the decision in the log. The Go proxy is httputil.ReverseProxy, which reads the body whole and logs nothing; the host
runs the same configuration as Envoy with the defaults, so it writes a log line for each decision. Logs go to /dev/null.`,
		b.rounds, b.slice, deployments)
	if b.split {
		text += `

The module that decides nothing is envoy/bench/testdata/noop, built with the same compiler as ours. It
makes the same calls in both of its roles, and logs nothing. In Envoy, filters of Envoy's own name the cluster and the
credential for it; in the host it does so itself.`
	}
	return text
}
