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

	"github.com/routeiq/routeiq/host"
	"github.com/routeiq/routeiq/host/module"
	"github.com/routeiq/routeiq/plugins/litellm"
)

// defaultPort is LiteLLM's.
const defaultPort = 4000

// serve runs the host until the context ends.
func (p *process) serve(ctx context.Context, f *flags, listenGiven bool) error {
	if f.config == "" {
		f.config, _ = p.getenv("LITELLM_CONFIG_PATH")
	}
	if f.config == "" {
		return errors.New("no configuration: name one with --config or in LITELLM_CONFIG_PATH")
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

	compiled, err := p.compile(f)
	if err != nil {
		return err
	}
	wasm, err := p.wasm(f)
	if err != nil {
		return refusal{err}
	}
	options := host.Options{Wasm: wasm, Concurrency: f.concurrency, CacheDir: f.cacheDir, Log: log}
	if f.accessLog {
		options.DecisionLog = p.out
	}
	address, why := listenAddress(f.listen, listenGiven, compiled)
	if why != "" {
		p.complain("%s", why)
	}
	config := host.Config{Document: compiled.Config, Clusters: compiled.Clusters, Credentials: compiled.Credentials}
	h, err := host.New(ctx, options, config)
	if err != nil {
		return refusal{err}
	}
	server, err := h.Listen(host.ServerOptions{Listen: address, Admin: f.admin, CertFile: f.cert, KeyFile: f.key, DrainLimit: drain})
	if err != nil {
		return refusal{errors.Join(err, h.Close(context.WithoutCancel(ctx)))}
	}
	p.ignoreHangUps(ctx, log)
	if _, err := io.WriteString(p.out, "listening on "+server.URL()+"\n"); err != nil {
		log.Warn("nobody can be told that the host is ready", "reason", err)
	}
	err = errors.Join(server.Serve(ctx), h.Close(context.WithoutCancel(ctx)))
	if err != nil {
		return refusal{err}
	}
	return nil
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
func listenAddress(given string, isGiven bool, c *litellm.Compiled) (address, why string) {
	if isGiven {
		return given, ""
	}
	port := c.Listen.Port
	if port == 0 {
		port = defaultPort
	}
	name := c.Listen.Host
	if name == "" && len(c.Config.ClientKeys) == 0 {
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
