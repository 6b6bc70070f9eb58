package conformance

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/routeiq/routeiq/abi"
	kit "github.com/routeiq/routeiq/abi/conformance"
	"github.com/routeiq/routeiq/abi/conformance/upstream"
	"github.com/routeiq/routeiq/plugins/dialect"
	"github.com/routeiq/routeiq/plugins/encoder"
	"github.com/routeiq/routeiq/plugins/health"
	"github.com/routeiq/routeiq/plugins/litellm"
	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/store"
	"github.com/routeiq/routeiq/plugins/strategy"
)

// Core is the engine of plain function calls.
type Core struct{}

var _ kit.Engine = Core{}

// Name implements kit.Engine.
func (Core) Name() string { return "core" }

// Load implements kit.Engine.
func (Core) Load(setup kit.Setup) (kit.Session, error) {
	compiled, err := Compile(setup.Config, setup.Env)
	if err != nil {
		return nil, err
	}
	s := &session{config: &compiled.Config, upstreams: map[string]*upstream.Upstream{}, lines: map[string][]byte{}, nowMS: epochMS}
	for _, c := range compiled.Clusters {
		s.upstreams[c.Name] = setup.Upstreams[c.Host+":"+strconv.Itoa(c.Port)]
	}
	if s.router, err = routing.Compile(s.config, strategy.Registry(), routing.NewMemory(new(store.Map))); err != nil {
		return nil, err
	}
	if s.config.Encoder != nil {
		s.encoder = encoder.NewClient(s.config.Encoder, s.router.Board(), nil)
	}
	return s, nil
}

// Compile compiles a configuration that includes no other file, as every engine of the kit does.
func Compile(config []byte, env map[string]string) (*litellm.Compiled, error) {
	return litellm.Compile(litellm.Source{
		Path: "config.yaml",
		Read: func(path string) ([]byte, error) {
			if path == "config.yaml" {
				return config, nil
			}
			return kit.ReadArtifact(path)
		},
		Getenv: func(name string) (string, bool) {
			value, ok := env[name]
			return value, ok
		},
	})
}

// epochMS is when every scenario begins.
const epochMS = 1_760_000_000_000

// session is a document that runs.
type session struct {
	config    *abi.Config
	router    *routing.Router
	encoder   *encoder.Client               // nil: there is none
	upstreams map[string]*upstream.Upstream // by cluster; nil: nobody listens there
	lines     map[string][]byte             // by request id
	nowMS     int64
}

// Do implements kit.Session: it does what the module does, without a proxy around it.
func (s *session) Do(_ context.Context, call *kit.Call) (*kit.Answer, error) {
	s.nowMS++
	if call.HalfBody {
		return &kit.Answer{Left: true}, nil // nothing is decided before a body is whole
	}
	read, refusal := dialect.ReadPath(call.Method, call.Path)
	if refusal != nil {
		return refused(read, refusal, call.ID), nil
	}
	switch read.Op {
	case dialect.OpLive:
		return nil, errors.New("the health paths belong to the module's shell")
	case dialect.OpReady:
		status, body := health.Ready(s.health(call.ID))
		return &kit.Answer{Status: status, Body: body}, nil
	case dialect.OpHealthModels:
		return &kit.Answer{Status: 200, Body: health.Models(s.health(call.ID))}, nil
	case dialect.OpModels:
		return &kit.Answer{Status: 200, Body: dialect.ModelsBody(read, s.router.Names(), versioned(call))}, nil
	case dialect.OpModel:
		if !s.router.Knows(read.Model) {
			return refused(read, &abi.Refusal{Status: 404, Code: "model_not_found", Message: "There is no such model."}, call.ID), nil
		}
		return &kit.Answer{Status: 200, Body: dialect.ModelsBody(read, []string{read.Model}, versioned(call))}, nil
	}
	r := request{session: s, call: call, read: read}
	return r.serve(), nil
}

func (s *session) health(id string) health.Input {
	return health.Input{Config: s.config, Circuits: s.router.Board().Circuits(), NowMS: s.nowMS, RequestID: id}
}

func versioned(call *kit.Call) bool { return header(call, "anthropic-version") != "" }

func header(call *kit.Call, name string) string {
	for _, h := range call.Header {
		if h[0] == name {
			return h[1]
		}
	}
	return ""
}

func refused(read dialect.Call, r *abi.Refusal, id string) *kit.Answer {
	return &kit.Answer{Status: r.Status, Body: dialect.ErrorBody(read.API, r, id)}
}

// Line implements kit.Session.
func (s *session) Line(_ context.Context, id string) ([]byte, error) {
	line, ok := s.lines[id]
	if !ok {
		return nil, errors.New("no decision was logged for " + id)
	}
	return line, nil
}

// Replay implements kit.Session.
func (s *session) Replay(line []byte) error { return Replay(s.config, line) }

// Wait implements kit.Session: time is a number here.
func (s *session) Wait(_ context.Context, d time.Duration) error {
	s.nowMS += d.Milliseconds()
	return nil
}

// Wire implements kit.Session.
func (s *session) Wire() bool { return false }

// Close implements kit.Session.
func (s *session) Close() error { return nil }
