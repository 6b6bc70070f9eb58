package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/revision"
)

// examine runs the verb alone: its exit, standard output, and the error.
func examine(t *testing.T, env map[string]string, stdin string, args ...string) (exit int, out, errs string) {
	t.Helper()
	var o bytes.Buffer
	p := &process{in: strings.NewReader(stdin), out: &o, err: &o, getenv: func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}}
	cmd := p.doctor()
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetOut(&o)
	err := cmd.Execute()
	var r refusal
	switch {
	case err == nil:
		return exitGood, o.String(), ""
	case errors.As(err, &r):
		return exitRefused, o.String(), err.Error()
	}
	return exitUsage, o.String(), err.Error()
}

// looked is the report as JSON.
type looked struct {
	LookedAt    []string `json:"looked_at"`
	NotLookedAt []struct{ What, Why string }
	Findings    []struct{ ID, Severity, What, Where, Do string }
	Errors      int
}

func (l looked) ids() string {
	var ids []string
	for _, f := range l.Findings {
		ids = append(ids, f.ID)
	}
	return strings.Join(ids, " ")
}

// fileOf renders a configuration for a listener of this machine alone, and returns the file.
func fileOf(t *testing.T, config string, env map[string]string) string {
	t.Helper()
	exit, out, errs := call(t, env, "", "render", config, "--listen", "127.0.0.1:10000")
	if exit != exitGood {
		t.Fatal(errs)
	}
	path := filepath.Join(t.TempDir(), "envoy.yaml")
	if err := os.WriteFile(path, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const doctored = `
model_list:
  - {model_name: chat, model_info: {id: set}, litellm_params: {model: openai/gpt-4o, api_key: os.environ/SET_KEY}}
  - {model_name: chat, model_info: {id: unset}, litellm_params: {model: anthropic/claude-sonnet-4-5, api_key: os.environ/UNSET_KEY}}
`

func TestDoctor(t *testing.T) {
	const planted = "sk-planted"
	config := write(t, doctored)
	both := map[string]string{"SET_KEY": planted, "UNSET_KEY": planted}
	one := map[string]string{"SET_KEY": planted}
	file := fileOf(t, config, one)
	stale := fileOf(t, write(t, mock), nil)
	literal := fileOf(t, write(t, strings.ReplaceAll(doctored, "os.environ/SET_KEY", planted)), one)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "part.yaml"), []byte(doctored), 0o600); err != nil {
		t.Fatal(err)
	}
	including := filepath.Join(folder, "config.yaml")
	if err := os.WriteFile(including, []byte("include: [part.yaml]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("x-admin-api-key") != planted {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"revision":"0123456789ab","last_error":null}`)) // a client that left is told of by its own test
	}))
	defer agent.Close()
	for _, c := range []struct {
		name  string
		env   map[string]string
		args  []string
		exit  int
		ids   string
		shows string
	}{
		{"all is good", both, []string{"--file", file, "--config", config}, exitGood, "", ""},
		{"and strictly", both, []string{"--file", file, "--config", config, "--strict"}, exitGood, "", ""},
		{"a source in several files", both, []string{"--file", file, "--config", including}, exitGood, "", ""},
		{"keys are not set here", one, []string{"--file", file, "--config", config}, exitGood, "key-unset key-unset", "UNSET_KEY"},
		{"that is strictly bad", one, []string{"--file", file, "--config", config, "--strict"}, exitRefused, "key-unset key-unset", "UNSET_KEY"},
		{"stale", both, []string{"--file", stale, "--config", config}, exitRefused, "stale-revision", "config.yaml"},
		{"literal", both, []string{"--file", literal, "--config", config}, exitRefused, "stale-revision key-literal", ""},
		{"no such file", both, []string{"--file", "gone.yaml"}, exitRefused, "unreadable", "gone.yaml"},
		{"a refused source", both, []string{"--config", write(t, wrong)}, exitRefused, "unreadable", "rpm"},
		{"no such source", both, []string{"--config", "file:///gone/config.yaml"}, exitRefused, "unreadable", "gone/config.yaml"},
		{"a source of another scheme", both, []string{"--config", "ftp://user:" + planted + "@host/config.yaml"}, exitRefused, "unreadable", "ftp://host/config.yaml"},
		{"no module", both, []string{"--module", file}, exitRefused, "unreadable", "no WebAssembly"},
		{"no Envoy", both, []string{"--envoy", "http://user:" + planted + "@127.0.0.1:1"}, exitRefused, "unreadable", "127.0.0.1:1"},
		{"not Envoy's admin listener", both, []string{"--envoy", agent.URL}, exitRefused, "unreadable", "401"},
		{"no agent", both, []string{"--agent", "http://127.0.0.1:1"}, exitRefused, "unreadable", "refused"},
		{"an agent without its key", both, []string{"--agent", agent.URL}, exitRefused, "unreadable", "401"},
		{"an agent behind", map[string]string{"ADMIN_API_KEYS": planted + ",other", "SET_KEY": "k", "UNSET_KEY": "k"},
			[]string{"--agent", agent.URL, "--config", config}, exitRefused, "agent-failing", "0123456789ab"},
		{"no database", both, []string{"--database", "file:" + filepath.Join(folder, "gone", "agent.db")}, exitRefused, "unreadable", "gone"},
		{"no PostgreSQL", both, []string{"--database", "postgres://user:" + planted + "@127.0.0.1:1/agent?sslmode=disable"}, exitRefused, "unreadable", "127.0.0.1:1/agent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			exit, out, errs := examine(t, c.env, "", append(c.args, "--json")...)
			var report looked
			if err := json.Unmarshal([]byte(out), &report); err != nil {
				t.Fatalf("%v: %s%s", err, out, errs)
			}
			if exit != c.exit || report.ids() != c.ids || (exit == exitGood) != (errs == "") {
				t.Errorf("exit %d, findings %q, error %q; expected %d and %q\n%s", exit, report.ids(), errs, c.exit, c.ids, out)
			}
			_, text, _ := examine(t, c.env, "", c.args...)
			if !strings.Contains(out, c.shows) || !strings.Contains(text, c.shows) {
				t.Errorf("%q is not said:\n%s", c.shows, text)
			}
			if strings.Contains(out+text+errs, planted) {
				t.Errorf("a secret is shown:\n%s", text)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(folder, "gone")); err == nil {
		t.Error("a database was made")
	}
}

// TestDoctorStandardInput: a file may come from somewhere else.
func TestDoctorStandardInput(t *testing.T) {
	text, err := os.ReadFile(fileOf(t, write(t, mock), nil))
	if err != nil {
		t.Fatal(err)
	}
	if exit, out, errs := examine(t, nil, string(text), "--file", "-"); exit != exitGood || !strings.Contains(out, "errors: 0") {
		t.Errorf("exit %d: %s%s", exit, out, errs)
	}
}

func TestDoctorUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"--strict"}, {"--json", "--upstreams"}, {"envoy.yaml"}, {"--unknown"}} {
		if exit, out, errs := examine(t, nil, "", args...); exit != exitUsage || errs == "" || out != "" {
			t.Errorf("%q: exit %d, out %q, error %q", args, exit, out, errs)
		}
	}
}

// TestDoctorDatabase: the revision that is active in the agents' database is compared with what Envoy has.
func TestDoctorDatabase(t *testing.T) {
	ctx := context.Background()
	path := "file:" + filepath.Join(t.TempDir(), "agent.db")
	db, err := database.Open(ctx, path, database.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	store := revision.NewStore(db)
	body := []byte(mock)
	id := revision.ID(body, nil)
	if err := store.Put(ctx, revision.Revision{ID: id, Source: body, From: "config.yaml", CreatedAt: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if err := store.Activate(ctx, id, 1); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	same, other := fileOf(t, write(t, mock), nil), fileOf(t, write(t, doctored), nil)
	env := map[string]string{"SET_KEY": "k", "UNSET_KEY": "k"}
	for _, c := range []struct {
		file, ids string
		exit      int
	}{{same, "", exitGood}, {other, "database-revision", exitRefused}} {
		exit, out, errs := examine(t, env, "", "--file", c.file, "--database", path, "--json", "--strict")
		var report looked
		if err := json.Unmarshal([]byte(out), &report); err != nil {
			t.Fatalf("%v: %s%s", err, out, errs)
		}
		if exit != c.exit || report.ids() != c.ids {
			t.Errorf("exit %d, findings %q, expected %d and %q\n%s", exit, report.ids(), c.exit, c.ids, out)
		}
	}
}
