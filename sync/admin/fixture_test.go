package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/sync/activation"
	"github.com/routeiq/routeiq/sync/agent"
	"github.com/routeiq/routeiq/sync/audit"
	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/diff"
	"github.com/routeiq/routeiq/sync/fleet"
	"github.com/routeiq/routeiq/sync/lease"
	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/staging"
)

var t0 = time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)

// puppet is an agent that is what a test says.
type puppet struct {
	status  agent.Status
	reloads map[string]agent.Reload
	err     error
	did     []string
}

func (p *puppet) Status() agent.Status { return p.status }

func (p *puppet) Reload() (agent.Reload, error) {
	p.did = append(p.did, "reload")
	r := agent.Reload{ID: "00000000-0000-4000-8000-000000000001", State: agent.Pending, AskedAt: t0}
	p.reloads[r.ID] = r
	return r, p.err
}

func (p *puppet) ReloadOf(id string) (agent.Reload, bool) {
	r, ok := p.reloads[id]
	return r, ok
}

func (p *puppet) Rollback(_ context.Context, by string) (string, error) {
	p.did = append(p.did, "rollback by "+by)
	return "111111111111", p.err
}

// stager is what stages for a test: its answers, or its error.
type stager struct {
	list   []activation.Activation
	result staging.Result
	err    error
	did    []string
}

func (s *stager) Of(context.Context, string) ([]activation.Activation, error) { return s.list, s.err }

func (s *stager) Stage(_ context.Context, group string, r staging.Request, by string) (staging.Result, error) {
	s.did = append(s.did, fmt.Sprintf("stage %s for %s with %d requests by %s", r.Artifact, group, len(r.Requests), by))
	return s.result, s.err
}

func (s *stager) Promote(_ context.Context, group string, id int64, by string) (staging.Result, error) {
	s.did = append(s.did, fmt.Sprintf("promote %s %d by %s", group, id, by))
	return s.result, s.err
}

func (s *stager) Rollback(_ context.Context, group, by string) (staging.Result, error) {
	s.did = append(s.did, fmt.Sprintf("rollback %s by %s", group, by))
	return s.result, s.err
}

// busyStager has an activation of each state.
func busyStager() *stager {
	s := &stager{}
	for i, state := range []activation.State{activation.Rejected, activation.Staged, activation.RolledBack, activation.Active, activation.Superseded} {
		a := activation.Activation{
			ID: int64(5 - i), Group: "chat", Strategy: "llmrouter-mf", Args: []byte(`{"min_margin":0.1}`), Digest: strings.Repeat("5b", 32), Origin: "s3://models/mf.tar",
			State: state, Report: []byte(`{"requests":2}`), By: "sha256:0123456789ab", StagedAt: t0.Add(time.Duration(-i) * time.Hour), ChangedAt: t0, ChangedBy: "sha256:0123456789ab",
		}
		switch state {
		case activation.Rejected:
			a.Digest, a.Reason = "", "the model abstains"
		case activation.RolledBack:
			a.Reason, a.ChangedBy = "watch: more requests fail", "agent"
			a.PromotedAt = t0
		case activation.Active, activation.Superseded:
			a.PromotedAt = t0
		}
		s.list = append(s.list, a)
	}
	s.result = staging.Result{Activation: s.list[3], Reload: &agent.Reload{ID: "00000000-0000-4000-8000-000000000001", State: agent.Pending, AskedAt: t0}}
	return s
}

// busy is the status of an agent that does all at once.
func busy() agent.Status {
	return agent.Status{
		Source: "s3://bucket/config.yaml", Sync: true, Interval: time.Minute, HotReload: true, Rollback: true, Leads: true, Fence: 7, Swaps: 3,
		Attempt: t0, Success: t0.Add(-time.Minute), Next: t0.Add(time.Minute), Validator: "etag-1",
		Failure: &agent.Failure{Step: agent.Acknowledge, Reason: "proxy edge-2 refused it: no", Since: t0.Add(-10 * time.Second), Revision: "222222222222"},
		Held:    &agent.Held{Revision: "222222222222", Step: "acknowledge", Reason: "proxy edge-2 refused it: no", Since: t0.Add(-10 * time.Second)},
		Active: &agent.Active{
			ID: "111111111111", Revision: "aaaaaaaaaaaa", Hash: "0123456789abcdef", State: "good", Models: 2, At: t0.Add(-90 * time.Second),
			Config: &abi.Config{
				Health:     abi.Health{MinModels: 1},
				ClientKeys: []string{"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"}, // of "secret"
				Groups: []abi.ModelGroup{
					{Name: "chat", Strategy: abi.StrategyRef{Name: "simple-shuffle", Requested: "latency-based-routing"}, Deployments: []abi.Deployment{
						{ID: "a"}, {ID: "b", Unconfigured: "KEY is not set"},
					}},
				},
			},
			CORS: abi.CORS{Origins: []string{"https://ui.example"}},
		},
		Change: &agent.Change{From: "000000000000", To: "111111111111", At: t0.Add(-90 * time.Second), Result: &diff.Result{
			Added: []diff.Entry{{ID: "b", ModelName: "chat", Model: "m", Provider: "openai"}}, Removed: []diff.Entry{},
			Changed:  []diff.Change{{Entry: diff.Entry{ID: "a", ModelName: "chat", Model: "m", Provider: "openai"}, Paths: []diff.Path{{Path: "rpm", Old: 1.0, New: 2.0}}}},
			Settings: []diff.Path{},
		}},
	}
}

// site is a server with all that is around it.
type site struct {
	*Server
	agent *puppet
	stage *stager
	fleet *fleet.Fleet
	db    *database.DB
	audit *audit.Log
	keys  map[string]string // the environment
}

func newSite(t *testing.T, change func(*site, *Options)) *site {
	t.Helper()
	db, err := database.Open(t.Context(), "file:"+filepath.Join(t.TempDir(), "agent.db"), database.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &site{
		stage: busyStager(),
		agent: &puppet{status: busy(), reloads: map[string]agent.Reload{}}, fleet: fleet.New(fleet.Options{}), db: db,
		audit: audit.New(db, audit.Options{Enabled: true, Closed: true}),
		keys:  map[string]string{"ADMIN_API_KEYS": "sk-riq-PLANT-one, PLANT-two", "ADMIN_API_KEY": "PLANT-three"},
	}
	at := t0.Add(-5 * time.Second)
	s.fleet.Sent("edge-1", publish.Envoy, "aaaaaaaaaaaa", at)
	s.fleet.Accepted("edge-1", "aaaaaaaaaaaa", at)
	s.fleet.Reported(&abi.Report{
		Node: "edge-1", Worker: 1, Revision: "aaaaaaaaaaaa", Document: "d", StartedMS: at.UnixMilli(), NowMS: at.UnixMilli(),
		Requests: []abi.RequestCount{{Revision: "aaaaaaaaaaaa", Answered: 9, Failed: 1}},
		Attempts: []abi.AttemptCount{{Revision: "aaaaaaaaaaaa", Deployment: "a", Made: 12, Failed: 3}},
	}, at)
	s.fleet.Sent("edge-2", publish.Host, "222222222222", at)
	s.fleet.Refused("edge-2", "222222222222", "no", at)
	o := Options{
		Module: []byte(code), Agent: s.agent, Strategies: s.stage, Fleet: s.fleet, Audit: s.audit, Mode: "single", Now: func() time.Time { return t0 },
		Lease: func() lease.Status {
			return lease.Status{Name: "config_sync", Holder: "me", Leader: "me", Held: true, Generation: 7, ExpiresAt: t0.Add(20 * time.Second), Running: true, Length: 30 * time.Second, Renew: 10 * time.Second}
		},
	}
	if change != nil {
		change(s, &o)
	}
	if o.Keys, err = KeysFrom(func(name string) (string, bool) { v, ok := s.keys[name]; return v, ok }); err != nil {
		t.Fatal(err)
	}
	if s.Server, err = New(o); err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends a request with header lines, each name and value.
func (s *site) ask(method, path string, header ...string) *httptest.ResponseRecorder {
	return s.send(method, path, "", header...)
}

// trial is the body of a trial.
const trial = `{"artifact": "s3://models/mf.tar", "requests": [{"text": "hi"}]}`

// send is ask with a body.
func (s *site) send(method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// call asks for an endpoint of the table, with a body where it needs one.
func (s *site) call(e Endpoint, header ...string) *httptest.ResponseRecorder {
	body := ""
	if e.Path == stagePath {
		body = trial
	}
	return s.send(e.Method, path(e), body, header...)
}

const key = "PLANT-two"

// code stands for the module: nothing here runs it.
const code = "\x00asm"

// path is an endpoint's path with an id in it.
func path(e Endpoint) string {
	sum := sha256.Sum256([]byte(code))
	return strings.NewReplacer("{group}", "chat", "{id}", "00000000-0000-4000-8000-000000000001", "{sha256}", hex.EncodeToString(sum[:])).Replace(e.Path)
}

var _ http.Handler = (*site)(nil)
