package conformance

import (
	"context"
	"net/http"
	"time"

	"github.com/routeiq/routeiq/abi/conformance/upstream"
)

// Engine is something that runs a configuration: the plain core, the host, Envoy.
type Engine interface {
	Name() string
	// Load starts the engine with a configuration. The error tells that it was refused.
	Load(Setup) (Session, error)
}

// Setup is what an engine starts with.
type Setup struct {
	Config  []byte            // LiteLLM YAML, upstreams filled in
	Env     map[string]string // the environment that os.environ/NAME means
	Workers int               // threads of a proxy, VMs of a host; 0 where there are none
	// Upstreams are the providers by the host:port that the configuration names; none listens where Wire is false.
	Upstreams map[string]*upstream.Upstream
}

// Session is an engine that runs.
type Session interface {
	// Do makes a call. The error tells that there was no answer where one was due.
	Do(context.Context, *Call) (*Answer, error)
	// Line returns the decision's log line of the request with this id, and waits for it.
	Line(ctx context.Context, id string) ([]byte, error)
	// Replay makes the decision of a line again with the plain core; the error says where it differs.
	Replay(line []byte) error
	// Wait lets time pass.
	Wait(context.Context, time.Duration) error
	// Wire tells whether calls are HTTP exchanges: the plain core has no headers and no connections to look at.
	Wire() bool
	Close() error
}

// Answer is what a client got.
type Answer struct {
	Status int // 0: it left before there was one
	Header http.Header
	Body   []byte
	// First and Last are when the body's first and last bytes came, from the call's start.
	First, Last time.Duration
	Continued   bool // "100 Continue" came before the answer
	Left        bool // the client left, as its call says
	Cut         bool // the connection ended before the answer did
}
