package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"

	"github.com/routeiq/routeiq/abi/update"
	"github.com/routeiq/routeiq/host"
	"github.com/routeiq/routeiq/host/module"
	"github.com/routeiq/routeiq/plugins/litellm"
)

// defaultPort is LiteLLM's.
const defaultPort = 4000

// serve runs the host until the context ends. given tells which flags were given.
func (p *process) serve(ctx context.Context, f *flags, given func(flag string) bool) error {
	if err := f.agent.check(f, given); err != nil {
		return err
	}
	if f.config == "" && f.agent.url == "" {
		f.config, _ = p.getenv("LITELLM_CONFIG_PATH")
	}
	if f.config == "" && f.agent.url == "" {
		return errors.New("no configuration: name one with --config or in LITELLM_CONFIG_PATH, or an agent with --agent")
	}
	if f.concurrency < 0 {
		return fmt.Errorf("--concurrency is %d, expected 1 or more, or 0 for one per core", f.concurrency)
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.logLevel)); err != nil {
		return fmt.Errorf("--log-level is %q, expected debug, info, warn or error", f.logLevel)
	}
	log := slog.New(slog.NewJSONHandler(p.err, &slog.HandlerOptions{Level: level}))
	drain, err := p.drainLimit()
	if err != nil {
		return refusal{err}
	}
	node, err := nodeID(f)
	if err != nil {
		return refusal{err}
	}

	var compiled *litellm.Compiled
	if f.agent.url == "" {
		if compiled, err = p.compile(f); err != nil {
			return err
		}
	}
	wasm, err := p.wasm(f)
	if err != nil {
		return refusal{err}
	}
	options := host.Options{Wasm: wasm, Concurrency: f.concurrency, CacheDir: f.cacheDir, NodeID: node, Log: log}
	if f.accessLog {
		options.DecisionLog = p.out
	}
	serving := host.ServerOptions{Admin: f.admin, CertFile: f.cert, KeyFile: f.key, DrainLimit: drain}
	if f.agent.url != "" {
		return p.follow(ctx, f, given, options, serving)
	}
	var why string
	serving.Listen, why = listenAddress(f.listen, given("listen"), compiled.Listen, len(compiled.Config.ClientKeys) == 0)
	config := host.Config{Document: compiled.Config, Clusters: compiled.Clusters, Credentials: compiled.Credentials, CORS: compiled.CORS}
	h, err := host.New(ctx, options, config)
	if err != nil {
		return refusal{err}
	}
	return p.serveHost(ctx, h, serving, why, log, func() {})
}

// serveHost serves a host until the context ends, and closes it. before is called before it is closed.
func (p *process) serveHost(ctx context.Context, h *host.Host, serving host.ServerOptions, why string, log *slog.Logger, before func()) error {
	if why != "" {
		p.complain("%s", why)
	}
	end := func(err error) error {
		before()
		if err = errors.Join(err, h.Close(context.WithoutCancel(ctx))); err != nil {
			return refusal{err}
		}
		return nil
	}
	server, err := h.Listen(serving)
	if err != nil {
		return end(err)
	}
	p.ignoreHangUps(ctx, log)
	if _, err := io.WriteString(p.out, "listening on "+server.URL()+"\n"); err != nil {
		log.Warn("nobody can be told that the host is ready", "reason", err)
	}
	return end(server.Serve(ctx))
}

// nodeID is what this host is called in its fleet.
func nodeID(f *flags) (string, error) {
	node := f.node
	if node == "" {
		var err error
		if node, err = os.Hostname(); err != nil {
			return "", fmt.Errorf("this machine tells no name: %w; name the host with --node-id", err)
		}
	}
	if !update.ValidNode(node) {
		return "", fmt.Errorf("the host's name is %q, expected 1 to %d characters of printable ASCII without spaces: set it with --node-id", node, update.MaxNode)
	}
	return node, nil
}

// compile reads the configuration and says on standard error what is worth knowing about it.
func (p *process) compile(f *flags) (*litellm.Compiled, error) {
	compiled, err := litellm.Compile(litellm.Source{Path: f.config, Read: os.ReadFile, Getenv: p.getenv})
	if err != nil {
		return nil, refusal{fmt.Errorf("%s is refused:\n%w", f.config, err)}
	}
	for _, w := range compiled.Warnings {
		p.complain("warning: %s", w)
	}
	if f.strict {
		if problems := compiled.StrictProblems(); len(problems) > 0 {
			return nil, refusal{fmt.Errorf("%s is refused, because --strict was given:\n%w", f.config, problems)}
		}
	}
	return compiled, nil
}

func (p *process) wasm(f *flags) ([]byte, error) {
	if f.module == "" {
		return module.Wasm()
	}
	wasm, err := os.ReadFile(f.module)
	if err != nil {
		return nil, fmt.Errorf("--module: %w", err)
	}
	return wasm, nil
}

// listenAddress says where clients are served, and why when that is not what they may expect: without any key the
// models, and the money behind them, are open to whoever can connect.
func listenAddress(given string, isGiven bool, configured litellm.Listen, keyless bool) (address, why string) {
	if isGiven {
		return given, ""
	}
	port := configured.Port
	if port == 0 {
		port = defaultPort
	}
	name := configured.Host
	if name == "" && keyless {
		name = "127.0.0.1"
		why = "no client key is configured, so only this machine is served; set general_settings.master_key (or LITELLM_MASTER_KEY), or give --listen"
	}
	return net.JoinHostPort(name, strconv.Itoa(port)), why
}

// ignoreHangUps keeps a terminal that closes, or a script that means "reload", from ending the host.
func (p *process) ignoreHangUps(ctx context.Context, log *slog.Logger) {
	if p.hangUp == nil {
		return
	}
	go func() {
		for {
			select {
			case <-p.hangUp:
				log.Info("SIGHUP ignored")
			case <-ctx.Done():
				return
			}
		}
	}()
}
