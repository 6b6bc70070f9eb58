package decisions

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"text/template"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/envoy/bench/decide"
	"github.com/routeiq/routeiq/envoy/process"
	"github.com/routeiq/routeiq/host"
)

// startHost runs the module in our own host, in this process: it is the one that wants to know.
func startHost(ctx context.Context, module, dir string) (_ *engine, err error) {
	wasm, err := os.ReadFile(module)
	if err != nil {
		return nil, err
	}
	h, err := host.New(ctx, host.Options{Wasm: wasm, CacheDir: dir, Concurrency: 1, CallLimit: caseWithin},
		host.Config{Document: abi.Config{Version: abi.ConfigVersion, Role: abi.RoleRouter}})
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, h.Close(ctx))
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: caseWithin}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	return &engine{name: wazero, module: true, measure: askAt(l.Addr().String()), stop: func(ctx context.Context) error {
		err := server.Close()
		if e := <-served; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
		return errors.Join(err, h.Close(ctx))
	}}, nil
}

//go:embed envoy.yaml
var envoyFile string

var envoyTemplate = template.Must(template.New("envoy.yaml").Parse(envoyFile))

// startWithin is how long Envoy may take: it compiles the module, on a machine that may be busy.
const startWithin = 90 * time.Second

// startEnvoy runs the module in a stock Envoy.
func startEnvoy(ctx context.Context, binary, module, dir string) (*engine, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	at := l.Addr().(*net.TCPAddr)
	if err := l.Close(); err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if err := envoyTemplate.Execute(&file, struct {
		Port   int
		Module string
	}{at.Port, module}); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "envoy.yaml")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		return nil, err
	}
	p, err := process.Start(process.Command{
		Name: "Envoy", Path: binary, Args: []string{"-c", path, "--concurrency", "1", "--disable-hot-restart", "--log-level", "error"},
	})
	if err != nil {
		return nil, err
	}
	measure := askAt(at.String())
	if _, err := p.Await(startWithin, func() error {
		if ctx.Err() != nil {
			return nil // ends the wait; said below
		}
		_, err := measure(ctx, decide.Case{Strategy: abi.DefaultStrategy, Candidates: 1, Rounds: 1, Batches: 1})
		return err
	}); err != nil || ctx.Err() != nil {
		return nil, errors.Join(err, ctx.Err(), p.Stop())
	}
	return &engine{name: v8, module: true, measure: measure, stop: func(context.Context) error { return p.Stop() }}, nil
}
