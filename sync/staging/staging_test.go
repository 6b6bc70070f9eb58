package staging

import (
	"archive/tar"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
	"github.com/routeiq/routeiq/plugins/litellm"
	"github.com/routeiq/routeiq/sync/activation"
	"github.com/routeiq/routeiq/sync/agent"
	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/database/databasetest"
	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/revision"
	"github.com/routeiq/routeiq/sync/source"
)

const document = `
model_list:
  - {model_name: chat, model_info: {id: a}, litellm_params: {model: openai/m, api_key: sk-secret}}
  - {model_name: chat, model_info: {id: b}, litellm_params: {model: openai/m, api_key: sk-secret}}
  - {model_name: chat, model_info: {id: c}, litellm_params: {model: openai/m, api_key: sk-secret}}
  - {model_name: other, litellm_params: {model: openai/m, api_key: sk-secret}}
`

// bench is a staging with a module that decides as a test says.
type bench struct {
	*Staging
	t     *testing.T
	store *activation.Store
	db    *database.DB

	mu      sync.Mutex
	text    string            // the operator's document
	files   map[string][]byte // by URL
	decide  func(p *publish.Publication, n int) []Decision
	err     error // of the module
	leads   bool
	reloads int
}

func newBench(t *testing.T, db *database.DB) *bench {
	t.Helper()
	b := &bench{t: t, db: db, store: activation.NewStore(db), text: document, files: map[string][]byte{}, leads: true}
	b.decide = func(_ *publish.Publication, n int) []Decision {
		return slices.Repeat([]Decision{{Deployment: "a", Took: time.Millisecond}}, n)
	}
	open := func(url string) (source.Source, error) {
		if kept, ok := b.store.Open(url); ok {
			return kept, nil
		}
		return &file{b, url}, nil
	}
	var err error
	b.Staging, err = New(Options{
		Store: b.store, Document: &file{b, ""}, Open: open,
		Artifacts: func(s source.Source) source.Source { return source.WithArtifacts(s, "config.yaml", open) },
		Build: func(d source.Document) (*publish.Publication, error) {
			c, err := litellm.Compile(litellm.Source{Path: "config.yaml", Read: d.Reader("config.yaml"), Getenv: func(string) (string, bool) { return "", false }})
			if err != nil {
				return nil, err
			}
			return &publish.Publication{Config: c.Config}, nil
		},
		Decide: func(ctx context.Context, p *publish.Publication, group string, bodies []json.RawMessage) ([]Decision, error) {
			return b.decide(p, len(bodies)), errors.Join(b.err, ctx.Err())
		},
		Leader: func() (uint64, bool) { return 0, b.leads },
		Reload: func() (agent.Reload, error) { b.reloads++; return agent.Reload{ID: "r"}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	b.files["mf.tar"] = packed(t, "linear")
	return b
}

// file is one of a bench's; without a name the document.
type file struct {
	*bench
	name string
}

func (f *file) String() string { return source.RedactText(f.name) }
func (f *file) Fetch(_ context.Context, have source.Revision) (source.Document, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	body, ok := f.files[f.name]
	if f.name == "" {
		body, ok = []byte(f.text), true
	}
	if !ok {
		return source.Document{}, &source.Error{URL: f.String(), Reason: source.ErrGone, Detail: fs.ErrNotExist.Error()}
	}
	return source.Since(have, "", source.Document{Body: body})
}

// packed is an artifact of a kind as a tar.
func packed(t *testing.T, kind string) []byte {
	t.Helper()
	manifest, numbers := artifacttest.Example(kind, "routeiq/ngram-1", 256)
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for name, text := range map[string][]byte{"manifest.json": manifest, "model.safetensors": numbers} {
		if err := errors.Join(w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(text))}), second(w.Write(text))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func second(_ int, err error) error { return err }

// wanted is a trial on some requests.
func wanted(n int) Request {
	return Request{Artifact: "mf.tar", Strategy: "llmrouter-mf", Requests: slices.Repeat([]json.RawMessage{[]byte(`{"text":"hi"}`)}, n)}
}

// reportOf reads an activation's report.
func reportOf(t *testing.T, a activation.Activation) (r Report) {
	t.Helper()
	if err := json.Unmarshal(a.Report, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestStage: the report tells what both configurations decided, and what passed is kept and serves nobody yet.
func TestStage(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		b := newBench(t, db)
		b.decide = func(p *publish.Publication, n int) []Decision {
			out := slices.Repeat([]Decision{{Deployment: "a", Took: time.Millisecond}}, n)
			if len(p.Config.Artifacts) > 0 && n > 1 {
				out[0].Deployment, out[1].Abstains, out[2].Took = "b", "margin", 9*time.Millisecond
			}
			return out
		}
		got, err := b.Stage(t.Context(), "chat", wanted(4), "public")
		if err != nil || got.Activation.State != activation.Staged || got.Reload != nil || b.reloads != 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		text := string(got.Activation.Report)
		const want = `{"requests":4,"labels":["a","b","c"],"before":{"routing_strategy":"simple-shuffle","decided":4,"abstained":{},"refused":{},"chosen":{"a":4},"p50_ms":1,"p99_ms":1},` +
			`"after":{"routing_strategy":"llmrouter-mf","decided":4,"abstained":{"margin":1},"refused":{},"chosen":{"a":3,"b":1},"p50_ms":1,"p99_ms":9},"agree":0.75}`
		if text != want {
			t.Errorf("%s\nwant %s", text, want)
		}
		kept, err := b.store.Artifact(t.Context(), got.Activation.Digest)
		if err != nil || kept.Origin != "mf.tar" || len(kept.Numbers) == 0 {
			t.Errorf("%+v, %v", kept, err)
		}
		delete(b.files, "mf.tar")
		if got, err = b.Promote(t.Context(), "chat", 0, "public"); err != nil || got.Reload == nil || b.reloads != 1 || got.Activation.State != activation.Active {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err = b.Rollback(t.Context(), "chat", "public"); err != nil || got.Reload == nil || got.Activation.ID != 0 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// TestRejected: every reason a trial is not passed for; nothing of it can be promoted, and nothing is asked for.
func TestRejected(t *testing.T) {
	b := newBench(t, databasetest.SQLite(t))
	set := func(change func(*Decision)) func(*publish.Publication, int) []Decision {
		return func(p *publish.Publication, n int) []Decision {
			out := slices.Repeat([]Decision{{Deployment: "a"}}, n)
			if len(p.Config.Artifacts) > 0 && n > 1 {
				change(&out[0])
				change(&out[1])
			}
			return out
		}
	}
	usual := b.decide
	b.files["knn.tar"] = packed(t, "knn")
	for _, c := range []struct {
		name   string
		change func(*Request)
		decide func(*publish.Publication, int) []Decision
		err    error
		want   string
	}{
		{"refusals", nil, set(func(d *Decision) { d.Deployment, d.Refused = "", "no_deployment" }), nil, "2 of 3 requests are refused with no_deployment"},
		{"it abstains", nil, set(func(d *Decision) { d.Abstains = "no_vector" }), nil, "abstains for 2 of 3 requests (no_vector 2), 0.667 of them, expected max_abstained 0.5"},
		{"the module fails", nil, usual, errors.New("planned"), "planned"},
		{"another kind", func(r *Request) { r.Artifact = "knn.tar" }, usual, nil, "knn"},
		{"an argument that is none", func(r *Request) { r.Args = map[string]json.RawMessage{"margin": []byte("1")} }, usual, nil, "margin"},
		{"a label without a deployment", func(r *Request) { r.Args = map[string]json.RawMessage{"labels": []byte(`{"a": ["nobody"]}`)} }, usual, nil, `"a"`},
		{"a file that is gone, at a URL with secrets", func(r *Request) { r.Artifact = "https://u:secret@h/x.tar?sig=secret#secret" }, usual, nil, "https://h/x.tar"},
		{"no artifact", func(r *Request) { b.files["bad.tar"] = []byte("secret words"); r.Artifact = "bad.tar" }, usual, nil, "no whole tar"},
	} {
		r := wanted(3)
		if c.change != nil {
			c.change(&r)
		}
		b.decide, b.err = c.decide, c.err
		got, err := b.Stage(t.Context(), "chat", r, "public")
		if !errors.Is(err, ErrRejected) || got.Activation.State != activation.Rejected || !strings.Contains(got.Activation.Reason, c.want) || reportOf(t, got.Activation).Problem != got.Activation.Reason {
			t.Errorf("%s: %+v, %v", c.name, got.Activation, err)
		}
		if text := fmt.Sprintf("%+v %s", got.Activation, got.Activation.Report); strings.Contains(text, "secret") {
			t.Errorf("%s: a secret is told: %s", c.name, text)
		}
		if _, err := b.Promote(t.Context(), "chat", 0, "public"); !errors.Is(err, activation.ErrNotStaged) {
			t.Errorf("%s: it is promoted: %v", c.name, err)
		}
	}
	b.text, b.decide, b.err = document+"routing: {artifacts: {require_signature: true, keys: {us: "+strings.Repeat("A", 43)+"=}}}\n", usual, nil
	if got, err := b.Stage(t.Context(), "chat", wanted(1), "public"); !errors.Is(err, ErrRejected) || !strings.Contains(got.Activation.Reason, "sign") {
		t.Errorf("it is not signed: %+v, %v", got.Activation, err)
	}
	b.text = document
	b.decide, b.err = set(func(d *Decision) { d.Abstains = "no_vector" }), nil
	r := wanted(3)
	all := 1.0
	r.MaxAbstained, r.AutoPromote = &all, true
	if got, err := b.Stage(t.Context(), "chat", r, "public"); err != nil || got.Activation.State != activation.Active || b.reloads != 1 {
		t.Errorf("as many as are allowed, and promoted: %+v, %v", got, err)
	}
	r.MaxAbstained = new(float64)
	if got, err := b.Stage(t.Context(), "chat", r, "public"); !errors.Is(err, ErrRejected) || b.reloads != 1 {
		t.Errorf("none is allowed: promoted all the same: %+v, %v", got, err)
	}
}

// TestRefused: what is refused is not kept as tried.
func TestRefused(t *testing.T) {
	b := newBench(t, databasetest.SQLite(t))
	b.files["lines"] = []byte("{\"text\":\"one\"}\n\n{\"messages\":[]}\n{\"input\":\"two\"}")
	b.files["none"] = []byte("\n\n")
	b.files["wrong"] = []byte("{\"text\":\"one\"}\nsecret: no JSON\n")
	b.files["many"] = bytes.Repeat([]byte("{\"text\":\"one\"}\n"), maxRequests+1)
	from := func(url string) Request {
		return Request{Artifact: "mf.tar", Strategy: "llmrouter-mf", RequestsURL: url}
	}
	for _, c := range []struct {
		name, group string
		r           Request
		want        error
		text        string
	}{
		{"another group", "gone", wanted(1), ErrGroup, "chat, other"},
		{"too many", "chat", from("many"), ErrRequest, "10001 recorded requests"},
		{"none", "chat", from("none"), ErrRequest, "0 recorded requests"},
		{"wrong", "chat", from("wrong"), ErrRequest, "recorded request 2 is no JSON object"},
		{"no such file", "chat", from("gone"), ErrRequest, "requests_url"},
		{"an empty one", "chat", Request{Artifact: "mf.tar", Requests: []json.RawMessage{[]byte(`{}`)}}, ErrRequest, "none of messages"},
		{"a large one", "chat", Request{Artifact: "mf.tar", Requests: []json.RawMessage{bytes.Repeat([]byte("1"), maxRecorded+1)}}, ErrRequest, "expected 1048576 at most"},
	} {
		if _, err := b.Stage(t.Context(), c.group, c.r, "public"); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	b.text = "model_list: ["
	if _, err := b.Stage(t.Context(), "chat", wanted(1), "public"); !errors.Is(err, ErrDocument) {
		t.Errorf("the document is wrong: %v", err)
	}
	b.text = document
	b.leads = false
	_, promote := b.Promote(t.Context(), "chat", 0, "public")
	_, back := b.Rollback(t.Context(), "chat", "public")
	_, stage := b.Stage(t.Context(), "chat", wanted(1), "public")
	for _, err := range []error{promote, back, stage} {
		if !errors.Is(err, agent.ErrFollower) {
			t.Errorf("a follower: %v", err)
		}
	}
	b.leads = true
	gone, leave := context.WithCancel(t.Context())
	b.decide = func(_ *publish.Publication, n int) []Decision { leave(); return make([]Decision, n) }
	if _, err := b.Stage(gone, "chat", wanted(1), "public"); !errors.Is(err, context.Canceled) {
		t.Errorf("who asked left: %v", err)
	}
	if _, err := b.Of(t.Context(), "chat"); !errors.Is(err, activation.ErrNotFound) {
		t.Errorf("something is kept: %v", err)
	}
	b.decide = func(_ *publish.Publication, n int) []Decision { return slices.Repeat([]Decision{{Deployment: "a"}}, n) }
	got, err := b.Stage(t.Context(), "chat", from("lines"), "public")
	if err != nil || reportOf(t, got.Activation).Requests != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	b.text = strings.Replace(document, "id: b", "id: renamed", 1)
	if _, err := b.Promote(t.Context(), "chat", 0, "public"); !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), `"b"`) {
		t.Errorf("the document changed since: %v", err)
	}
	b.text = strings.ReplaceAll(document, "model_name: chat", "model_name: renamed")
	if _, err := b.Promote(t.Context(), "chat", 0, "public"); !errors.Is(err, ErrGroup) {
		t.Errorf("the group is gone since: %v", err)
	}
	b.text, b.err = document, errors.New("the module does not take it")
	if _, err := b.Promote(t.Context(), "chat", 0, "public"); !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), "does not take it") {
		t.Errorf("the module refuses it: %v", err)
	}
	b.err = nil
	err = revision.Fenced(t.Context(), b.db, "lead", 7, func(context.Context, *sql.Tx) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Promote(t.Context(), "chat", 0, "public"); !errors.Is(err, agent.ErrFollower) || b.reloads != 0 {
		t.Errorf("who led once: %v", err)
	}
}
