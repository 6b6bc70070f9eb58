package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/routeiq/routeiq/envoy/bench/envoyfile"
	"github.com/routeiq/routeiq/envoy/bench/load"
	"github.com/routeiq/routeiq/envoy/bench/workload"
	"github.com/routeiq/routeiq/envoy/process"
)

// target is something that answers the workloads.
type target struct {
	name    string
	address string
	process *process.Process // nil: its processor time is not measured
	model   string           // what the client asks for
	gets    string           // what the provider must be asked for
	took    time.Duration    // from the start of the process to the first good answer
}

// bench is one run.
type bench struct {
	options
	dir      string    // scratch
	self     string    // this binary: also the provider and the Go proxy
	provider string    // its address
	running  []*target // to be stopped
	progress func(format string, args ...any)
}

const startWithin = 90 * time.Second

// freePort returns a port on which nothing listens now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// ports returns n different ones.
func ports(n int) (all []int, err error) {
	for len(all) < n && err == nil {
		var p int
		p, err = freePort()
		all = append(all, p)
	}
	return all, err
}

// file writes a scratch file and returns its path.
func (b *bench) file(name, content string) (string, error) {
	path := filepath.Join(b.dir, name)
	return path, os.WriteFile(path, []byte(content), 0o600)
}

// launch runs a command that serves on t.address, and waits for its first good answer.
func (b *bench) launch(ctx context.Context, t *target, c process.Command) (*target, error) {
	c.Name = t.name
	c.Env = append(c.Env, keyVariable+"="+keyValue)
	p, err := process.Start(c)
	if err != nil {
		return nil, err
	}
	t.process = p
	b.running = append(b.running, t)
	t.took, err = p.Await(startWithin, func() error {
		if ctx.Err() != nil {
			return nil // ends the wait; said below
		}
		r, err := load.Run(ctx, load.Plan{Address: t.address, Request: t.request(workload.Small), Want: t.want(workload.Small), Connections: 1, For: startWithin, Max: 1})
		if err == nil && r.Errors > 0 {
			err = errors.New(strings.Join(r.Samples, "; "))
		}
		return err
	})
	return t, errors.Join(err, ctx.Err())
}

// stop ends a target's process.
func (b *bench) stop(t *target) error {
	for i, r := range b.running {
		if r == t {
			b.running = append(b.running[:i:i], b.running[i+1:]...)
			break
		}
	}
	return t.process.Stop()
}

// stopAll ends what runs, the provider last.
func (b *bench) stopAll() (err error) {
	for len(b.running) > 0 {
		err = errors.Join(err, b.stop(b.running[len(b.running)-1]))
	}
	return err
}

func (t *target) request(w workload.Workload) []byte {
	return load.Request("/v1/chat/completions", t.address, w.Body(t.model))
}

func (t *target) want(w workload.Workload) load.Want {
	want := load.Want{Body: w.Answer(), Header: workload.HeaderModel, Value: t.gets}
	if w.Streams() {
		want.FirstEvent = len(workload.Parts()[0])
	}
	return want
}

// startProvider runs the fake provider. The target it returns is the load generator straight at it.
func (b *bench) startProvider(ctx context.Context) (*target, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	b.provider = loopback(port)
	t := &target{name: "no proxy", address: b.provider, model: upstreamModel, gets: upstreamModel}
	return b.launch(ctx, t, process.Command{Path: b.self, Args: []string{"-role", roleUpstream, "-listen", t.address}, Stdin: true})
}

func (b *bench) startGoProxy(ctx context.Context) (*target, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	t := &target{name: "Go proxy", address: loopback(port), model: upstreamModel, gets: upstreamModel}
	return b.launch(ctx, t, process.Command{
		Path: b.self, Args: []string{"-role", roleGoProxy, "-listen", t.address, "-upstream", "http://" + b.provider}, Stdin: true,
	})
}

// startPlainEnvoy runs Envoy without the module; change may be nil.
func (b *bench) startPlainEnvoy(ctx context.Context, name string, change func([]byte) ([]byte, error)) (*target, error) {
	p, err := ports(2)
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(b.provider)
	if err != nil {
		return nil, err
	}
	provider, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	file, err := envoyfile.Plain(envoyfile.Ports{Listen: p[0], Admin: p[1], Upstream: provider})
	if err != nil {
		return nil, err
	}
	t := &target{name: name, address: loopback(p[0]), model: upstreamModel, gets: upstreamModel}
	return b.startEnvoy(ctx, t, file, change)
}

// startRendered runs Envoy with the file the agent renders from a LiteLLM configuration. change may be nil: the file is
// used as it is.
func (b *bench) startRendered(ctx context.Context, t *target, config string, change func([]byte) ([]byte, error)) (*target, error) {
	p, err := ports(2)
	if err != nil {
		return nil, err
	}
	path, err := b.file(fmt.Sprintf("config-%d.yaml", p[0]), config)
	if err != nil {
		return nil, err
	}
	t.address = loopback(p[0])
	file, err := b.render(ctx, path, t.address, loopback(p[1]))
	if err != nil {
		return nil, err
	}
	return b.startEnvoy(ctx, t, file, change)
}

func (b *bench) startEnvoy(ctx context.Context, t *target, file []byte, change func([]byte) ([]byte, error)) (*target, error) {
	if change != nil {
		var err error
		if file, err = change(file); err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
	}
	_, port, err := net.SplitHostPort(t.address)
	if err != nil {
		return nil, err
	}
	path, err := b.file("envoy-"+port+".yaml", string(file))
	if err != nil {
		return nil, err
	}
	// Envoy's own default is one worker per core; the number of cores is what the others have, too.
	return b.launch(ctx, t, process.Command{Path: b.envoy, Args: []string{"-c", path, "--disable-hot-restart"}})
}

// startHost runs the host with a module; cache is the folder of compiled ones.
func (b *bench) startHost(ctx context.Context, t *target, config, cache, module string) (*target, error) {
	p, err := ports(2)
	if err != nil {
		return nil, err
	}
	path, err := b.file(fmt.Sprintf("config-%d.yaml", p[0]), config)
	if err != nil {
		return nil, err
	}
	t.address = loopback(p[0])
	return b.launch(ctx, t, process.Command{Path: b.host, Args: []string{
		"--config", path, "--listen", t.address, "--admin", loopback(p[1]), "--cache-dir", filepath.Join(b.dir, cache),
		"--module", module,
	}})
}
