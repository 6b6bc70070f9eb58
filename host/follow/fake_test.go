package follow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/update"
	"github.com/routeiq/routeiq/host"
	"github.com/routeiq/routeiq/host/vm/vmtest"
)

const (
	plantedKey   = "sk-planted-3c55"
	plantedToken = "token-planted-8d20"
)

// made is an update that a host can take.
func made(t *testing.T, revision, key string) *update.Update {
	t.Helper()
	hello := "hello"
	config := abi.Config{
		Version: abi.ConfigVersion, Role: abi.RoleRouter, Revision: revision,
		Groups: []abi.ModelGroup{{Name: "g", Strategy: abi.StrategyRef{Name: abi.DefaultStrategy}, WhenAllOpen: abi.WhenAllOpenRefuse, Deployments: []abi.Deployment{
			{ID: "d", Provider: "openai", Model: "m", Cluster: abi.MockCluster, Mock: &hello, Credential: "d", Paths: []abi.APIPath{{API: abi.APIChat, Path: "/v1/chat/completions"}}},
		}}},
		Limits: abi.Limits{MaxBodyBytes: 1000}, Breaker: abi.DefaultBreaker, Retry: abi.DefaultRetry, Health: abi.Health{MinModels: abi.DefaultMinModels}, OnError: abi.OnErrorDeny,
	}
	document, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	return &update.Update{Revision: revision, Document: document, Credentials: []abi.Credential{
		{Name: "d", Parts: []abi.CredentialPart{{Header: "authorization", Prefix: "Bearer ", Secret: abi.Secret{Value: key}}}},
	}}
}

// agent answers a follower in place of the network.
type agent struct {
	t       *testing.T
	polls   []string                                  // the tags that were shown
	results []update.Result                           // as told
	answer  func(have string) (*http.Response, error) // to a poll
	refuse  int                                       // the status that results get; 0: they are taken
}

func (a *agent) RoundTrip(r *http.Request) (*http.Response, error) {
	if got := r.Header.Get("Authorization"); got != "Bearer "+plantedToken {
		a.t.Errorf("%s: authorization is %q", r.URL.Path, got)
	}
	switch r.URL.Path {
	case update.PathUpdate:
		query := r.URL.Query()
		if query.Get(update.QueryNode) != "n" {
			a.t.Errorf("node is %q", query.Get(update.QueryNode))
		}
		have := query.Get(update.QueryHave)
		a.polls = append(a.polls, have)
		return a.answer(have)
	case update.PathResult:
		var result update.Result
		if err := json.NewDecoder(r.Body).Decode(&result); err != nil {
			a.t.Error(err)
		}
		if a.refuse != 0 {
			return status(a.refuse, ""), nil
		}
		a.results = append(a.results, result)
		return status(http.StatusNoContent, ""), nil
	}
	a.t.Errorf("it asked for %s", r.URL)
	return status(http.StatusNotFound, ""), nil
}

func status(code int, body string) *http.Response {
	return &http.Response{StatusCode: code, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader([]byte(body)))}
}

// serves answers with an update.
func serves(t *testing.T, u *update.Update) (answer *http.Response, tag string) {
	t.Helper()
	text, tag, err := u.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return status(http.StatusOK, string(text)), tag
}

func tagOf(t *testing.T, u *update.Update) string {
	t.Helper()
	_, tag := serves(t, u)
	return tag
}

var errDown = errors.New("connection refused")

// bench is a follower of a scripted agent, and what it had its host take.
type bench struct {
	*Follower
	agent *agent
	log   *vmtest.Logs
	takes []string         // revisions, with their keys
	bad   map[string]error // revisions that the host refuses
}

func newBench(t *testing.T, dir string) *bench {
	t.Helper()
	b := &bench{agent: &agent{t: t}, log: &vmtest.Logs{}, bad: map[string]error{}}
	var err error
	b.Follower, err = New(Options{
		URL: "http://127.0.0.1:1", Node: "n", StateDir: dir, Log: slog.New(slog.NewTextHandler(b.log, nil)),
		Token: func() (abi.Secret, error) { return abi.Secret{Value: plantedToken}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	b.client.Transport = b.agent
	return b
}

func (b *bench) take(_ context.Context, c host.Config) error {
	if err := b.bad[c.Document.Revision]; err != nil {
		return err
	}
	b.takes = append(b.takes, c.Document.Revision+" "+c.Credentials[0].Parts[0].Secret.Value)
	return nil
}

func (b *bench) took(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(b.takes, want) {
		t.Errorf("it took %q, want %q\n%s", b.takes, want, b.log)
	}
}

func (b *bench) told(t *testing.T, want ...update.Result) {
	t.Helper()
	if !slices.Equal(b.agent.results, want) {
		t.Errorf("it told %+v, want %+v\n%s", b.agent.results, want, b.log)
	}
}
