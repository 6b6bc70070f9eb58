package admin

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/sync/agent"
	"github.com/routeiq/routeiq/sync/staging"
)

var update = flag.Bool("update", false, "write testdata/admin anew")

// made are ids and times that differ from run to run.
var made = regexp.MustCompile(`("(id|at|ended_at)": )"[^"]*"`)

// TestGoldens: what each endpoint answers, to the letter.
func TestGoldens(t *testing.T) {
	const folder = "../../testdata/admin"
	names := map[string]bool{}
	for _, e := range Endpoints {
		if e.Path == "/metrics" || e.Path == "/module/{sha256}" {
			continue // no JSON, and tests of their own
		}
		name := strings.ToLower(e.Method) + strings.NewReplacer("/", "_", "{", "", "}", "").Replace(e.Path) + ".json"
		s := newSite(t, nil)
		// Something for those that tell of what was done.
		s.ask("POST", "/config/reload", adminHeader, key, "x-request-id", "before")
		s.agent.reloads["00000000-0000-4000-8000-000000000001"] = agent.Reload{
			ID: "00000000-0000-4000-8000-000000000001", State: agent.RolledBack, Revision: "222222222222", Step: agent.Acknowledge, Reason: "no", AskedAt: t0, EndedAt: t0,
		}
		golden(t, names, folder, name, s.call(e, adminHeader, key, "x-request-id", "golden").Body.String())
	}
	s := newSite(t, func(s *site, _ *Options) { s.agent.status = agent.Status{Source: "file:config.yaml", Sync: true} })
	golden(t, names, folder, "nothing_status.json", s.ask("GET", "/config/status").Body.String())
	golden(t, names, folder, "nothing_ready.json", s.ask("GET", "/_health/ready", "x-request-id", "golden").Body.String())
	s.stage.result.Activation, s.stage.err = s.stage.list[0], staging.ErrRejected
	golden(t, names, folder, "rejected_stage.json", s.send("POST", "/strategies/chat/stage", trial, adminHeader, key, "x-request-id", "golden").Body.String())
	golden(t, names, folder, "error.json", s.ask("POST", "/config/reload", "x-request-id", "golden").Body.String())
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !names[f.Name()] {
			t.Errorf("%s/%s is of no test", folder, f.Name())
		}
	}
}

func golden(t *testing.T, names map[string]bool, folder, name, got string) {
	t.Helper()
	names[name] = true
	if strings.HasPrefix(name, "get_config_audit") {
		got = made.ReplaceAllString(got, `$1"…"`)
	}
	file := filepath.Join(folder, name)
	if *update {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s\nrun the test with -update where that is meant", name, got, want)
	}
	if strings.Contains(got, "PLANT") {
		t.Errorf("%s shows a key", name)
	}
}

func TestMetrics(t *testing.T) {
	text := newSite(t, nil).ask("GET", "/metrics").Body.String()
	for _, want := range []string{
		"routeiq_agent_config_age_seconds 90", "routeiq_agent_sync_age_seconds 60", "routeiq_agent_models 2", "routeiq_agent_publications_total 3",
		`routeiq_agent_step_failing{step="acknowledge"} 1`, `routeiq_agent_step_failing{step="fetch"} 0`, "routeiq_agent_held 1", "routeiq_agent_leader 1",
		`routeiq_agent_nodes{acknowledged="true",kind="envoy"} 1`, `routeiq_agent_nodes{acknowledged="false",kind="host"} 1`,
		`routeiq_agent_revision_info{revision="aaaaaaaaaaaa",source_revision="111111111111",state="good"} 1`, `routeiq_agent_attempts{result="failed"} 3`, "go_goroutines",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s", want)
		}
	}
}

// TestDocs: docs/endpoints.md has the rows of the table, in their order, and no other.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/endpoints.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, e := range Endpoints {
		want = append(want, "| `"+e.Method+" "+e.Path+"` | "+string(e.Access)+" | "+e.Summary+" |")
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "| `GET /") || strings.HasPrefix(line, "| `POST /") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("docs/endpoints.md has\n%s\nexpected\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
