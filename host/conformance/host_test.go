package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	kit "github.com/routeiq/routeiq/abi/conformance"
	"github.com/routeiq/routeiq/host"
	"github.com/routeiq/routeiq/host/vm/vmtest"
	core "github.com/routeiq/routeiq/plugins/conformance"
)

// envModule names the environment variable that holds a module already built.
const envModule = "ROUTEIQ_WASM"

// cache is the folder of compiled code that all tests share: the module is compiled once.
var cache string

func TestMain(m *testing.M) {
	var err error
	if cache, err = os.MkdirTemp("", "routeiq-conformance-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(cache); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// engine is the host in this process, on a port of its own.
type engine struct {
	wasm []byte
	log  *slog.Logger
}

var _ kit.Engine = engine{}

// newEngine takes the module that was built, or builds it. What the host logs is shown if the test fails.
func newEngine(t testing.TB) engine {
	t.Helper()
	log := &output{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the host's log:\n%s", log.String())
		}
	})
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if path := os.Getenv(envModule); path != "" {
		wasm, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%s: %v; unset it to have the module built", envModule, err)
		}
		return engine{wasm, logger}
	}
	return engine{vmtest.Build(t, "../../plugins/cmd/routeiq"), logger}
}

// Name implements kit.Engine.
func (engine) Name() string { return "host" }

// Load implements kit.Engine.
func (e engine) Load(setup kit.Setup) (kit.Session, error) {
	compiled, err := core.Compile(setup.Config, setup.Env)
	if err != nil {
		return nil, err
	}
	s := &session{stopped: make(chan error, 1)}
	s.Log, s.Reuse = kit.NewLines(decision), setup.Workers == 1
	h, err := host.New(context.Background(), host.Options{
		Wasm: e.wasm, Concurrency: setup.Workers, CacheDir: cache, DecisionLog: s.Log, Log: e.log,
		CallLimit: 30 * time.Second, // machines that run tests are often busy
	}, host.Config{Document: compiled.Config, Clusters: compiled.Clusters, Credentials: compiled.Credentials})
	if err != nil {
		return nil, err
	}
	server, err := h.Listen(host.ServerOptions{Listen: "127.0.0.1:0", DrainLimit: 10 * time.Second})
	if err != nil {
		return nil, errors.Join(err, h.Close(context.Background()))
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() { s.stopped <- errors.Join(server.Serve(ctx), h.Close(context.Background())) }()
	s.URL = "http://" + server.Address().String()
	s.Again = func(line []byte) error { return core.Replay(&compiled.Config, line) }
	s.OnStop = func() error {
		stop()
		return <-s.stopped
	}
	return s, nil
}

// output is what was logged; it may be written to by several goroutines.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

// String returns all of it.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// session is a host that runs.
type session struct {
	kit.Proxy
	stopped chan error
}

// decision cuts the module's decision out of a line of the host's log.
func decision(line []byte) []byte {
	var l struct {
		Decision json.RawMessage `json:"decision"`
	}
	if err := json.Unmarshal(line, &l); err != nil {
		return nil
	}
	return l.Decision
}
