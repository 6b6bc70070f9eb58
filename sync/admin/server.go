// Package admin is the agent's HTTP interface for operators and probes: one table of endpoints (routes.go), who may use each, and
// one file per topic.
package admin

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/cors"
	"github.com/routeiq/routeiq/sync/agent"
	"github.com/routeiq/routeiq/sync/audit"
	"github.com/routeiq/routeiq/sync/fleet"
	"github.com/routeiq/routeiq/sync/lease"
	"github.com/routeiq/routeiq/sync/staging"
)

// Agent is the loop: *agent.Agent.
type Agent interface {
	Status() agent.Status
	Reload() (agent.Reload, error)
	ReloadOf(id string) (agent.Reload, bool)
	Rollback(ctx context.Context, by string) (string, error)
}

// Fleet knows the proxies: *fleet.Fleet.
type Fleet interface {
	Nodes(now time.Time) []fleet.Node
	Attempts(now time.Time) map[string]fleet.Tries
}

// Audit records what administrators do: *audit.Log.
type Audit interface {
	Begin(ctx context.Context, e audit.Entry) (*audit.Action, error)
	List(ctx context.Context, limit int) ([]audit.Entry, error)
}

// Options say what is shown and by whom it may be changed. All but Log and Now are required.
type Options struct {
	Agent Agent
	// Strategies tries and promotes trained models.
	Strategies Strategies
	Fleet      Fleet
	Audit      Audit
	Lease      func() lease.Status
	Mode       string // how a leader is found, for the status
	// Module is the code that Envoys may fetch; nil: they have it as a file.
	Module []byte
	Keys   Keys
	Log    *slog.Logger // nil: nothing is logged
	Now    func() time.Time
}

// Server answers. Make one with New.
type Server struct {
	o       Options
	log     *slog.Logger
	handler http.Handler
	gather  prometheus.Gatherer
	sum     string // the module's SHA-256, in hex; empty: none is served
}

var _ http.Handler = (*Server)(nil)

// request is one that was let in.
type request struct {
	*http.Request
	id    string
	actor audit.Actor
}

// New makes a server of the table.
func New(o Options) (*Server, error) {
	if o.Agent == nil || o.Strategies == nil || o.Fleet == nil || o.Audit == nil || o.Lease == nil {
		return nil, errors.New("admin: expected an agent, its fleet, what stages for it, the audit and the lease")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{o: o, log: o.Log}
	if o.Module != nil {
		sum := sha256.Sum256(o.Module)
		s.sum = hex.EncodeToString(sum[:])
	}
	s.gather = s.registry()
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for _, e := range Endpoints {
		if e.Access != Public && e.Access != User && e.Access != Admin {
			return nil, fmt.Errorf("admin: %s %s has the access %q, expected public, user or admin", e.Method, e.Path, e.Access)
		}
		methods[e.Path] = append(methods[e.Path], e.Method)
		mux.HandleFunc(e.Method+" "+e.Path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, e) })
	}
	for path, allowed := range methods {
		allow := strings.Join(allowed, ", ")
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", allow)
			s.fail(w, refuse(http.StatusMethodNotAllowed, "method_not_allowed", r.Method+" is not answered here, expected "+allow))
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		s.fail(w, refuse(http.StatusNotFound, "not_found", "there is no such endpoint: docs/endpoints.md lists them"))
	})
	s.handler = cors.Handler(s.policy, mux)
	return s, nil
}

// policy is the active configuration's: it is read from the environment with it.
func (s *Server) policy() abi.CORS {
	if active := s.o.Agent.Status().Active; active != nil {
		return active.CORS
	}
	return abi.CORS{}
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(abi.HeaderRequestID, requestID(r))
	defer func() {
		if v := recover(); v != nil {
			if v == http.ErrAbortHandler {
				panic(v)
			}
			s.log.Error("an endpoint failed", "path", r.URL.Path, "reason", v, "request_id", w.Header().Get(abi.HeaderRequestID))
			s.fail(w, refuse(http.StatusInternalServerError, "internal_error", "the agent failed to answer: see its log for the request id"))
		}
	}()
	s.handler.ServeHTTP(w, r)
}

// maxBody bounds what a request may send; all but a trial need none.
const maxBody = 64 << 10

func (s *Server) serve(w http.ResponseWriter, r *http.Request, e Endpoint) {
	actor, refused := s.admitted(r, e.Access)
	if refused != nil {
		if e.Access == Admin {
			s.log.Warn("a request was refused", "path", r.URL.Path, "code", refused.code, "from", r.RemoteAddr, "request_id", w.Header().Get(abi.HeaderRequestID))
		}
		s.fail(w, refused)
		return
	}
	most := int64(maxBody)
	if e.Path == stagePath {
		most = staging.MaxBody
	}
	r.Body = http.MaxBytesReader(w, r.Body, most)
	e.handle(s, w, &request{r, w.Header().Get(abi.HeaderRequestID), actor})
}

// act does what an administrator asks for, and records it before and after. effect returns the revision that is active then.
func (s *Server) act(w http.ResponseWriter, r *request, name string, effect func() (after string, p *problem)) {
	entry := audit.Entry{At: s.o.Now(), Actor: r.actor, Action: name, Path: r.URL.Path, RequestID: r.id}
	if active := s.o.Agent.Status().Active; active != nil {
		entry.Before = active.ID
	}
	action, err := s.o.Audit.Begin(r.Context(), entry)
	if err != nil {
		s.log.Error("an action is refused because it cannot be recorded", "action", name, "reason", err)
		s.fail(w, refuse(http.StatusServiceUnavailable, "audit_log_unavailable", "the action cannot be recorded, so it was not done: see the agent's log"))
		return
	}
	after, refused := effect()
	outcome, reason := audit.Done, ""
	if refused != nil {
		outcome, reason = audit.Refused, refused.message
		if refused.status >= http.StatusInternalServerError {
			outcome = audit.Failed
		}
	}
	if err := action.Finish(context.WithoutCancel(r.Context()), outcome, cmp.Or(after, entry.Before), reason); err != nil {
		// It has happened; that it began is recorded, and a reader sees that its end is not.
		s.log.Error("the end of an action cannot be recorded", "action", name, "reason", err)
	}
	if refused != nil {
		s.fail(w, refused)
	}
}
