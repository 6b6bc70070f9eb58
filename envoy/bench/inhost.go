package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"runtime/pprof"

	"github.com/routeiq/routeiq/host"
	"github.com/routeiq/routeiq/plugins/litellm"
)

// serveHost is the role host: routeiq-host with a CPU profile around it. The product itself serves no profiles.
func serveHost(ctx context.Context, o options) (err error) {
	compiled, err := litellm.Compile(litellm.Source{Path: o.config, Read: os.ReadFile, Getenv: os.LookupEnv})
	if err != nil {
		return err
	}
	wasm, err := os.ReadFile(o.wasm)
	if err != nil {
		return err
	}
	h, err := host.New(ctx, host.Options{
		Wasm: wasm, CacheDir: o.cache, DecisionLog: os.Stdout, Log: slog.New(slog.NewJSONHandler(os.Stderr, nil)),
	}, host.Config{Document: compiled.Config, Clusters: compiled.Clusters, Credentials: compiled.Credentials})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close(context.WithoutCancel(ctx))) }()
	server, err := h.Listen(host.ServerOptions{Listen: o.listen})
	if err != nil {
		return err
	}
	file, err := os.Create(o.profile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()

	ctx, end := context.WithCancelCause(ctx)
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		end(err)
	}()
	return server.Serve(ctx)
}
