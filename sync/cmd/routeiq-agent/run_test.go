package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/database/postgrestest"
)

// TestRun: a file, an agent and a host. What changes takes effect, what is wrong does not and is told, by a reload as by itself; what
// is right again is used without a restart; killed, the agent goes on where it was, and the host serves meanwhile.
func TestRun(t *testing.T) {
	t.Parallel()
	state, config := t.TempDir(), filepath.Join(t.TempDir(), "config.yaml")
	replace(t, config, mocked("one"))
	args := []string{"--xds", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--config", config}
	a := startAgent(t, state, nil, args...)
	at := strings.TrimPrefix(a.admin, "http://")
	args[3] = at // the next one is where the first was
	h := startHost(t, a.admin, "host-1")
	says := h.says
	says("one")
	first := a.until("acknowledged and good", func(s *statusOf) bool { return acknowledged(1)(s) && s.State == "good" && s.Models == 1 })
	replace(t, config, mocked("two"))
	says("two")
	second := a.until("acknowledged", func(s *statusOf) bool { return acknowledged(1)(s) && s.Revision != first.Revision })

	replace(t, config, "model_list:\n  - {model_name: chat, litellm_p")
	bad := a.until("wrong", func(s *statusOf) bool { return s.Last != nil })
	if bad.Last.Step != "parse" || bad.Last.Since == "" || !strings.HasPrefix(*bad.Error, "parse: ") || bad.Revision != second.Revision {
		t.Errorf("%+v", bad.Last)
	}
	var reload struct {
		ID          string `json:"reload_id"`
		State, Step string
	}
	if status := a.ask("POST", "/config/reload", &reload); status != 202 {
		t.Errorf("status %d", status)
	}
	for deadline := time.Now().Add(20 * time.Second); reload.State == "pending" || reload.State == ""; {
		a.ask("GET", "/config/reload/"+reload.ID, &reload)
		if time.Now().After(deadline) {
			t.Fatalf("%+v", reload)
		}
	}
	if reload.State != "failed" || reload.Step != "parse" {
		t.Errorf("%+v", reload)
	}
	says("two")

	a.kill()
	says("two")
	replace(t, config, "model_list: []\n") // the source is of no use when the next one starts
	b := startAgent(t, state, nil, args...)
	b.until("served and acknowledged", func(s *statusOf) bool { return acknowledged(1)(s) && s.Revision == second.Revision })
	replace(t, config, mocked("three"))
	says("three")
	b.until("acknowledged", func(s *statusOf) bool { return acknowledged(1)(s) && s.Revision != second.Revision && s.Last == nil })

	var rolled struct {
		Status string
		Text   string `json:"source_revision"`
	}
	if status := b.ask("POST", "/config/rollback", &rolled); status != 200 || rolled.Status != "rolled_back" {
		t.Errorf("%d %+v", status, rolled)
	}
	b.until("back", func(s *statusOf) bool {
		return acknowledged(1)(s) && s.Held != nil && s.Text == rolled.Text && s.Last.Step == "rollback"
	})
	var done struct {
		Actions []struct{ Action, Outcome, Actor string } `json:"actions"`
	}
	b.ask("GET", "/config/audit", &done)
	if len(done.Actions) != 2 || done.Actions[0].Action != "config.rollback" || done.Actions[0].Outcome != "done" {
		t.Errorf("%+v", done)
	}

	if err := b.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-b.ended:
		if err != nil {
			t.Errorf("asked to end, it ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it does not end")
	}
}

// TestFailingRevisionComesBack: a revision that every proxy takes and whose upstream fails is rolled back by itself; an upstream
// that fails for the old revision too is no reason. What is counted comes from the module in a host, and its requests.
func TestFailingRevisionComesBack(t *testing.T) {
	t.Parallel()
	good, other, broken := newUpstream(t), newUpstream(t), newUpstream(t)
	broken.fails.Store(true)
	text := func(of *upstream, rpm int) string {
		return fmt.Sprintf(`
model_list:
  - {model_name: chat, model_info: {id: a}, litellm_params: {model: openai/m, api_base: "%s/v1", api_key: sk-planted}}
  - {model_name: steady, model_info: {id: b}, litellm_params: {model: openai/m, api_base: "%s/v1", api_key: sk-planted}}
  - {model_name: aside, model_info: {id: c}, litellm_params: {model: openai/m, rpm: %d, mock_response: hello}}
router_settings: {num_retries: 0}
breaker: {enabled: false} # it would go on refusing after the deployment is back
`, of.URL, other.URL, rpm)
	}
	config := filepath.Join(t.TempDir(), "config.yaml")
	replace(t, config, text(good, 1))
	a := startAgent(t, t.TempDir(), nil, "--xds", "", "--admin", "127.0.0.1:0", "--config", config, "--watch", "10s")
	h := startHost(t, a.admin, "host-1")
	first := a.until("good", func(s *statusOf) bool { return acknowledged(1)(s) && s.State == "good" })
	ask := func(model string, n, want int) {
		t.Helper()
		for range n {
			if status, text := h.chat(model); status/100 != want/100 {
				t.Fatalf("%d %s", status, text)
			}
		}
	}
	ask("chat", 100, 200)
	ask("steady", 100, 200)

	replace(t, config, text(broken, 1))
	a.until("taken", func(s *statusOf) bool { return acknowledged(1)(s) && s.Revision != first.Revision })
	ask("chat", 100, 500)
	back := a.until("back", func(s *statusOf) bool { return acknowledged(1)(s) && s.Revision == first.Revision && s.Held != nil })
	if back.Last.Step != "watch" || !strings.Contains(back.Last.Reason, "requests failed") {
		t.Errorf("%+v", back.Last)
	}
	ask("chat", 20, 200)

	other.fails.Store(true)
	replace(t, config, text(good, 2))
	second := a.until("taken", func(s *statusOf) bool { return acknowledged(1)(s) && s.Revision != first.Revision })
	ask("steady", 100, 500)
	a.until("good", func(s *statusOf) bool { return s.Revision == second.Revision && s.State == "good" && s.Last == nil })
}

// TestTwoAgents share a PostgreSQL: one leads, the other's host gets what it activates; killed, the other takes over.
func TestTwoAgents(t *testing.T) {
	config := filepath.Join(t.TempDir(), "config.yaml")
	replace(t, config, mocked("one"))
	env := []string{"DATABASE_URL=" + postgrestest.Database(t), "LLMROUTER_CONFIG_SYNC_LEASE_SECONDS=2"}
	args := []string{"--xds", "", "--admin", "127.0.0.1:0", "--config", config}
	a := startAgent(t, t.TempDir(), env, args...)
	a.until("leads", func(s *statusOf) bool { return s.Leader && s.Revision != "" })
	b := startAgent(t, t.TempDir(), env, args...)
	h, other := startHost(t, a.admin, "host-a"), startHost(t, b.admin, "host-b")
	h.says("one")
	other.says("one")
	replace(t, config, mocked("two"))
	h.says("two")
	other.says("two")
	second := b.until("follows", func(s *statusOf) bool { return !s.Leader && acknowledged(1)(s) })
	if status := b.ask("POST", "/config/reload", nil); status != 409 {
		t.Errorf("a follower answers a reload with %d", status)
	}
	a.kill()
	replace(t, config, mocked("three"))
	other.says("three")
	b.until("leads", func(s *statusOf) bool { return s.Leader && acknowledged(1)(s) && s.Revision != second.Revision })
	h.says("two") // its agent is gone, and it serves what it had
}

// TestRunRefuses: what cannot be run ends with 1 and says why, what was called wrongly with 2.
func TestRunRefuses(t *testing.T) {
	config := write(t, mock)
	for _, c := range []struct {
		name string
		env  map[string]string
		args []string
		exit int
		says string
	}{
		{"nobody to serve", nil, []string{"--xds", "", "--admin", ""}, exitUsage, "--admin"},
		{"an acknowledgement before a report", nil, []string{"--report-every", "30s"}, exitUsage, "--acknowledge"},
		{"no source", nil, nil, exitRefused, "--config"},
		{"a scheme nobody knows", nil, []string{"--config", "ftp://h/x"}, exitRefused, "ftp"},
		{"an interval that is none", map[string]string{"CONFIG_SYNC_INTERVAL": "often"}, []string{"--config", config}, exitRefused, "CONFIG_SYNC_INTERVAL"},
		{"a key that is a prefix", map[string]string{"ADMIN_API_KEY": "sk-riq-"}, []string{"--config", config, "--dry-run=false"}, exitRefused, "ADMIN_API_KEY"},
		{"an address that is none", nil, []string{"--config", config, "--admin", "nowhere"}, exitRefused, "--admin"},
		{"a database nobody knows", nil, []string{"--config", config, "--database", "mysql://u:planted@h/d"}, exitRefused, "postgres://"},
		{"a certificate without its key", nil, []string{"--config", config, "--tls-cert", "c.pem"}, exitRefused, "--tls-key"},
		{"an empty token", nil, []string{"--config", config, "--token-file", write(t, " ")}, exitRefused, "--token-file"},
		{"reports that nobody can bring", nil, []string{"--config", config, "--admin", "0.0.0.0:0"}, exitRefused, "--report"},
		{"a level that is none", nil, []string{"--config", config, "--log-level", "loud"}, exitRefused, "--log-level"},
	} {
		args := append([]string{"run", "--state-dir", t.TempDir()}, c.args...)
		if !strings.Contains(strings.Join(args, " "), "--xds") {
			args = append(args, "--xds", "127.0.0.1:0")
		}
		if !strings.Contains(strings.Join(args, " "), "--admin") {
			args = append(args, "--admin", "127.0.0.1:0")
		}
		exit, out, errs := call(t, c.env, "", args...)
		if exit != c.exit || !strings.Contains(errs, c.says) || strings.Contains(out+errs, "planted") {
			t.Errorf("%s: exit %d, %q", c.name, exit, errs)
		}
	}
}
