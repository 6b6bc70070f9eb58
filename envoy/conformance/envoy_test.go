package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	kit "github.com/routeiq/routeiq/abi/conformance"
	"github.com/routeiq/routeiq/envoy/envoytest"
	core "github.com/routeiq/routeiq/plugins/conformance"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if err := errors.Join(envoytest.Cleanup(), removeAgent()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// engine is a real Envoy with the file that the agent prints.
type engine struct{ t testing.TB }

var _ kit.Engine = engine{}

// Name implements kit.Engine.
func (engine) Name() string { return "envoy" }

// Load implements kit.Engine.
func (e engine) Load(setup kit.Setup) (kit.Session, error) {
	compiled, err := core.Compile(setup.Config, setup.Env)
	if err != nil {
		return nil, err
	}
	file, err := render(e.t, setup)
	if err != nil {
		return nil, err
	}
	proxy := envoytest.Start(e.t, file, envoytest.Options{
		Concurrency: setup.Workers, Env: environment(setup.Env), LogLevel: "error", Dir: envoytest.Root(e.t),
		Within: 3 * time.Minute, // several start side by side, and each compiles the module
	})
	s := &session{envoy: proxy}
	s.URL, s.Log, s.OnStop, s.Reuse = proxy.URL, kit.NewLines(decision), proxy.Stop, setup.Workers == 1
	s.Again = func(line []byte) error { return core.Replay(&compiled.Config, line) }
	return s, nil
}

func environment(env map[string]string) []string {
	var all []string
	for name, value := range env {
		all = append(all, name+"="+value)
	}
	slices.Sort(all)
	return all
}

// session is an Envoy whose access log is read when somebody asks for a line of it.
type session struct {
	kit.Proxy
	envoy *envoytest.Envoy

	mu   sync.Mutex
	read int // lines of the access log that are in Log
}

// logEvery is how often the access log is looked at: Envoy writes it in such steps.
const logEvery = 10 * time.Millisecond

// Line implements kit.Session.
func (s *session) Line(ctx context.Context, id string) ([]byte, error) {
	tick := time.NewTicker(logEvery)
	defer tick.Stop()
	for {
		if line, ok := s.Log.Get(id); ok {
			return line, nil
		}
		if err := s.pull(); err != nil {
			return nil, err
		}
		if line, ok := s.Log.Get(id); ok {
			return line, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("the decision of request %q was not logged: %w", id, ctx.Err())
		}
	}
}

// pull reads what is new in the access log.
func (s *session) pull() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := s.envoy.AccessLog(0)
	for ; s.read < len(lines); s.read++ {
		if err := s.Log.Add([]byte(lines[s.read])); err != nil {
			return err
		}
	}
	return nil
}

// decision cuts the module's decision out of a line of the access log.
func decision(line []byte) []byte {
	var l struct {
		Decision []json.RawMessage `json:"decision"`
	}
	if err := json.Unmarshal(line, &l); err != nil || len(l.Decision) == 0 {
		return nil
	}
	return l.Decision[0]
}

// agent is the agent's binary, built once.
var agent struct {
	sync.Mutex
	dir string
}

func removeAgent() error {
	if agent.dir == "" {
		return nil
	}
	return os.RemoveAll(agent.dir)
}

// binary builds the agent and returns its path.
func binary(t testing.TB) (string, error) {
	agent.Lock()
	defer agent.Unlock()
	if agent.dir != "" {
		return filepath.Join(agent.dir, "routeiq-agent"), nil
	}
	dir, err := os.MkdirTemp("", "routeiq-conformance-")
	if err != nil {
		return "", err
	}
	agent.dir = dir
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "routeiq-agent"), "./sync/cmd/routeiq-agent")
	build.Dir = envoytest.Root(t)
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the agent: %w\n%s", err, out)
	}
	return filepath.Join(dir, "routeiq-agent"), nil
}

// render runs the agent's render over a configuration.
func render(t testing.TB, setup kit.Setup) ([]byte, error) {
	tool, err := binary(t)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(file, setup.Config, 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command(tool, "render", file, "--only-configured",
		"--listen", "127.0.0.1:0", "--envoy-admin", "127.0.0.1:0", "--module", envoytest.Module(t))
	cmd.Env = append(os.Environ(), environment(setup.Env)...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("routeiq-agent render: %w\n%s", err, problems.String())
	}
	return out.Bytes(), nil
}
