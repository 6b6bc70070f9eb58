package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/routeiq/routeiq/envoy/bench/report"
	"github.com/routeiq/routeiq/envoy/bench/workload"
)

// field is all that runs side by side.
type field struct {
	direct                    *target // the provider itself
	envoy, module, moduleSame *target // plain Envoy; with the rendered file; the same, but the model is not rewritten
	goProxy, host, hostSame   *target // a plain Go proxy; our host; the same, but the model is not rewritten
}

func (f *field) proxies() []*target {
	return []*target{f.envoy, f.module, f.moduleSame, f.goProxy, f.host, f.hostSame}
}

// Names of the two products, as tables give them.
const (
	nameEnvoy  = "plain Envoy"
	nameModule = "Envoy + RouteIQ"
	nameHost   = "routeiq-host"
	same       = ", same name"
	// cacheDir holds the host's compiled modules: the first start fills it.
	cacheDir = "cache"
)

// Where the report has the two.
const pairEnvoy, pairHost = 0, 1

// Goals that belong to one proxy.
const (
	envoyCPUGoal  = 2.0 // × plain Envoy
	hostCPUGoal   = 1.8 // × the Go proxy
	hostStartGoal = 500 * time.Millisecond
)

// rewritten and unchanged are clients' views of a group: its name differs from the provider's model, or not.
func rewritten(name string) *target { return &target{name: name, model: group, gets: upstreamModel} }
func unchanged(name string) *target {
	return &target{name: name, model: upstreamModel, gets: upstreamModel}
}

// start starts every proxy several times, and leaves the last of each running.
func (b *bench) start(ctx context.Context, r *report.Report, f *field) error {
	config, sameConfig := twenty(group, b.provider), twenty(upstreamModel, b.provider)
	host := func(name, cache string) func() (*target, error) {
		return func() (*target, error) { return b.startHost(ctx, rewritten(name), config, cache, b.wasm) }
	}
	cold, n := 0, b.starts
	for _, s := range []struct {
		as    **target
		start func() (*target, error)
		times int
		goal  time.Duration
	}{
		{&f.envoy, func() (*target, error) { return b.startPlainEnvoy(ctx, nameEnvoy, nil) }, n, 0},
		{&f.module, func() (*target, error) { return b.startRendered(ctx, rewritten(nameModule), config, nil) }, n, 0},
		{&f.goProxy, func() (*target, error) { return b.startGoProxy(ctx) }, n, 0},
		{nil, func() (*target, error) {
			cold++
			return host(nameHost+", empty cache", fmt.Sprintf("cold-%d", cold))()
		}, min(n, 2), 0},
		{nil, host(nameHost, cacheDir), 1, -1}, // fills the cache; not reported
		{&f.host, host(nameHost+", warm cache", cacheDir), n, hostStartGoal},
	} {
		row := report.Start{Goal: s.goal}
		for i := range s.times {
			t, err := s.start()
			if err != nil {
				return err
			}
			row.Name, row.Times = t.name, append(row.Times, t.took)
			if s.as != nil && i == s.times-1 {
				*s.as = t
				continue
			}
			if err := b.stop(t); err != nil {
				return err
			}
		}
		if s.goal >= 0 {
			r.Starts = append(r.Starts, row)
			b.progress("%s: first answer after %s", row.Name, row.Times[len(row.Times)-1].Round(time.Millisecond))
		}
	}
	var err1, err2 error
	f.moduleSame, err1 = b.startRendered(ctx, unchanged(nameModule+same), sameConfig, nil)
	f.hostSame, err2 = b.startHost(ctx, unchanged(nameHost+same), sameConfig, cacheDir, b.wasm)
	return errors.Join(err1, err2)
}

// workloads measures all proxies under each load.
func (b *bench) workloads(ctx context.Context, r *report.Report, f *field) error {
	b.progress("warming up")
	if err := b.warm(ctx, append(f.proxies(), f.direct)...); err != nil {
		return err
	}
	envoy := report.Pair{Title: "Envoy", Inside: "Envoy", Base: nameEnvoy, Ours: nameModule, CPUGoal: envoyCPUGoal}
	host := report.Pair{Title: "Host", Inside: "the host", Base: f.goProxy.name, Ours: nameHost, CPUGoal: hostCPUGoal}
	for _, run := range []struct {
		w           workload.Workload
		connections int
	}{
		{workload.Small, 1}, {workload.Small, many},
		{workload.Large, 1}, {workload.Large, many},
		{workload.Stream, 1}, {workload.Stream, many},
		{workload.Paused, 1},
	} {
		b.progress("%s, %s", run.w.Text, report.Connections(run.connections))
		small := run.w == workload.Small
		targets := []*target{f.envoy, f.module, f.goProxy, f.host}
		if small {
			targets = append(targets, f.moduleSame, f.hostSame, f.direct)
		}
		got, notes, err := b.turns(ctx, run.w, run.connections, targets...)
		if err != nil {
			return err
		}
		r.Notes = append(r.Notes, notes...)
		row := report.Row{Text: run.w.Text, Workload: run.w.Name, Connections: run.connections, Goal: small}
		with := func(text string, goal bool, base, ours report.Series) report.Row {
			row := row
			row.Text += text
			row.Goal, row.Base, row.Ours = goal, base, ours
			return row
		}
		envoy.Rows = append(envoy.Rows, with("", small, got[0], got[1]))
		host.Rows = append(host.Rows, with("", small, got[2], got[3]))
		if small {
			envoy.Rows = append(envoy.Rows, with(", same name: no rewrite", false, got[0], got[4]))
			host.Rows = append(host.Rows, with(", same name: no rewrite", false, got[2], got[5]))
			r.Direct = append(r.Direct, with("", false, got[6], nil))
		}
	}
	r.Pairs = []report.Pair{pairEnvoy: envoy, pairHost: host}
	return nil
}

// deadFirst measures both of ours with a deployment that refuses.
func (b *bench) deadFirst(ctx context.Context, r *report.Report, _ *field) error {
	b.progress("a dead first deployment, %d connections", deadMany)
	config := dead(b.provider)
	module, err1 := b.startRendered(ctx, rewritten(nameModule), config, nil)
	host, err2 := b.startHost(ctx, rewritten(nameHost), config, cacheDir, b.wasm)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	got, notes, err := b.turns(ctx, workload.Small, deadMany, module, host)
	if err != nil {
		return err
	}
	r.Notes = append(r.Notes, notes...)
	for i, t := range []*target{module, host} {
		r.Dead = append(r.Dead, report.Dead{Name: t.name, Connections: deadMany, Series: got[i]})
		if err := b.stop(t); err != nil {
			return err
		}
	}
	return nil
}

// memory reads what the proxies hold now that they have worked, and ends them.
func (b *bench) memory(_ context.Context, r *report.Report, f *field) error {
	for _, t := range f.proxies() {
		m, err := t.process.Memory()
		if err != nil {
			return err
		}
		for i := range r.Starts {
			if r.Starts[i].Name == t.name {
				r.Starts[i].RSS, r.Starts[i].Peak = m.RSS, m.Peak
			}
		}
		if err := b.stop(t); err != nil {
			return err
		}
	}
	return nil
}
