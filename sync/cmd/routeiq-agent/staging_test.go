package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
	"github.com/routeiq/routeiq/sync/agent"
	"github.com/routeiq/routeiq/sync/database/postgrestest"
)

// favours writes an artifact of kind linear that always prefers one of the labels, and returns its path.
func favours(t *testing.T, folder, label string, labels []string, change func(members map[string]any, bias []float32, shape []int)) string {
	t.Helper()
	bias, shape := make([]float32, len(labels)), []int{len(labels), 256}
	for i := range labels {
		if labels[i] == label {
			bias[i] = 1
		}
	}
	members := map[string]any{
		"kind": "linear", "labels": labels, "query_view": "last_user_500", "parameters": map[string]any{"input": "as_is"},
		"encoder": map[string]any{"id": "routeiq/ngram-1", "dimension": 256},
	}
	if change != nil {
		change(members, bias, shape)
	}
	numbers := artifacttest.Tensors{
		"weight": {Shape: shape, Numbers: make([]float32, shape[0]*shape[1])}, "bias": {Shape: []int{len(labels)}, Numbers: bias},
	}.Bytes()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for name, text := range map[string][]byte{"manifest.json": artifacttest.Write(members, numbers), "model.safetensors": numbers} {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, fmt.Sprintf("%s-%d.tar", label, len(labels)))
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// tried is what the tests look at of an answer about a group.
type tried struct {
	Status     string
	Activation *activated
	Reload     *struct {
		ID string `json:"reload_id"`
	}
	Error struct{ Code, Message string }

	Strategy                 *string `json:"routing_strategy"`
	Active, Staged, Previous *activated
	History                  []activated
}

type activated struct {
	ID            int64
	State, Reason string
	Digest        string
	Report        struct {
		Requests      int
		Labels        []string
		Before, After *struct {
			Decided            int
			Chosen             map[string]int
			Abstained, Refused map[string]int
			P50                float64 `json:"p50_ms"`
		}
		Agree   float64
		Problem string
	}
}

// post sends JSON to the agent, and expects a status.
func (a *agentProcess) post(path, body string, want int) (out tried) {
	a.t.Helper()
	r, err := http.NewRequest(http.MethodPost, a.admin+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer planted-admin")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	var text bytes.Buffer
	if _, err = text.ReadFrom(response.Body); err == nil {
		if err = response.Body.Close(); err == nil {
			err = json.Unmarshal(text.Bytes(), &out)
		}
	}
	if err != nil || response.StatusCode != want {
		a.t.Fatalf("%s %s: %d, expected %d: %v %s", path, body, response.StatusCode, want, err, text.Bytes())
	}
	if strings.Contains(text.String(), "planted") {
		a.t.Errorf("%s shows a secret: %s", path, text.String())
	}
	return out
}

// becomes waits until a reload has one of some states.
func (a *agentProcess) becomes(id string, states ...string) {
	a.t.Helper()
	var reload struct{ State, Step, Reason string }
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) { // between two looks
		a.ask("GET", "/config/reload/"+id, &reload)
		for _, want := range states {
			if reload.State == want {
				return
			}
		}
		if time.Now().After(deadline) {
			a.t.Fatalf("the reload is %+v, expected %v", reload, states)
		}
	}
}

// wanted is the body of a trial.
func wanted(artifact string, more string) string {
	return fmt.Sprintf(`{"artifact": %q, "routing_strategy": "llmrouter-mf", "requests": [{"messages":[{"role":"user","content":"planted: what is 2+2?"}],"stream":true}, {"text": "hello"}]%s}`, artifact, more)
}

// TestStaging: a group served by simple-shuffle gets a trained model: tried, promoted, over a restart, and back; what is hostile is
// refused and changes nothing; what fails after its promotion is rolled back, and does not come back with the next change.
func TestStaging(t *testing.T) {
	t.Parallel() // most of it is waiting
	good, broken := newUpstream(t), newUpstream(t)
	broken.fails.Store(true)
	folder := t.TempDir()
	config := filepath.Join(folder, "config.yaml")
	text := func(rpm int) string {
		return fmt.Sprintf(`# the operator's own words
model_list:
  - {model_name: chat, model_info: {id: a}, litellm_params: {model: openai/m, api_base: "%s/v1", api_key: sk-planted, weight: 1}}
  - {model_name: chat, model_info: {id: b}, litellm_params: {model: openai/m, mock_response: from-b, weight: 0}}
  - {model_name: chat, model_info: {id: c}, litellm_params: {model: openai/m, api_base: "%s/v1", api_key: sk-planted, weight: 0}}
  - {model_name: aside, model_info: {id: d}, litellm_params: {model: openai/m, rpm: 1%d00, mock_response: hello}}
router_settings: {num_retries: 0}
breaker: {enabled: false}
`, good.URL, broken.URL, rpm)
	}
	replace(t, config, text(1))
	state, armed := t.TempDir(), filepath.Join(folder, "armed")
	args := []string{"--xds", "", "--admin", "127.0.0.1:0", "--config", config, "--watch", "2s", "--watch-requests", "10"}
	a := startAgent(t, state, []string{killAt + "=" + string(agent.Publish), killFile + "=" + armed}, args...)
	args[3] = strings.TrimPrefix(a.admin, "http://")
	h := startHost(t, a.admin, "host-1")
	first := a.until("good", func(s *statusOf) bool { return acknowledged(1)(s) && s.State == "good" })
	labels := []string{"a", "b", "c"}
	toB := favours(t, folder, "b", labels, nil)

	t.Run("what is wrong is refused", func(t *testing.T) {
		for _, c := range []struct {
			name, body, want string
			status           int
		}{
			{"no requests", `{"artifact": "b.tar"}`, `"requests"`, 400},
			{"nothing", `{}`, "artifact is missing", 400},
			{"a key that is none", `{"artifcat": "b.tar"}`, "artifcat", 400},
			{"no such strategy", strings.Replace(wanted(toB, ""), "llmrouter-mf", "no-such", 1), "no-such", 422},
			{"a strategy without artifacts", strings.Replace(wanted(toB, ""), "llmrouter-mf", "simple-shuffle", 1), "artifact", 422},
			{"no such file", wanted(filepath.Join(folder, "gone.tar"), ""), "gone.tar", 422},
			{"a label that is no deployment", wanted(favours(t, folder, "b", []string{"a", "b", "c", "nobody"}, nil), ""), `"nobody"`, 422},
			{"another dimension", wanted(favours(t, folder, "dimension", labels, func(_ map[string]any, _ []float32, shape []int) { shape[1] = 128 }), ""), "256", 422},
			{"NaN", wanted(favours(t, folder, "nan", labels, func(_ map[string]any, bias []float32, _ []int) { bias[1] = float32(math.NaN()) }), ""), "bias", 422},
			{"a URL with secrets, where nobody answers", wanted("https://user:planted@127.0.0.1:1/x.tar?sig=planted", ""), "127.0.0.1:1/x.tar", 422},
		} {
			got := a.post("/strategies/chat/stage", c.body, c.status)
			if !strings.Contains(got.Error.Message, c.want) {
				t.Errorf("%s: %s; want %s", c.name, got.Error.Message, c.want)
			}
			if c.status == 422 && (got.Activation == nil || got.Activation.State != "rejected" || got.Activation.Report.Problem == "") {
				t.Errorf("%s: %+v", c.name, got.Activation)
			}
		}
		whole, err := os.ReadFile(toB)
		if err != nil {
			t.Fatal(err)
		}
		cut := filepath.Join(folder, "cut.tar")
		for _, n := range []int{0, 100, 700, len(whole) / 2} {
			if err := os.WriteFile(cut, whole[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			if got := a.post("/strategies/chat/stage", wanted(cut, ""), 422); !strings.Contains(got.Error.Message, "cut.tar") {
				t.Errorf("cut at %d: %s", n, got.Error.Message)
			}
		}
		a.post("/strategies/gone/stage", wanted(toB, ""), 404)
		if got := a.post("/strategies/chat/promote", "", 409); got.Error.Code != "nothing_staged" {
			t.Errorf("what was rejected: %+v", got.Error)
		}
		if got := a.post("/strategies/chat/rollback", "", 409); got.Error.Code != "nothing_to_roll_back_to" {
			t.Errorf("%+v", got.Error)
		}
		a.post("/strategies/aside/promote", "", 404)
		if s := a.until("as before", acknowledged(1)); s.Text != first.Text {
			t.Errorf("%s became %s", first.Text, s.Text)
		}
	})

	got := a.post("/strategies/chat/stage", wanted(toB, ""), 200)
	r := got.Activation.Report
	if got.Status != "staged" || r.Requests != 2 || r.Before.Chosen["a"] != 2 || r.After.Chosen["b"] != 2 || r.After.Decided != 2 || r.Agree != 0 || r.After.P50 <= 0 || len(r.Labels) != 3 {
		t.Errorf("%+v %+v %+v", got.Activation, r.Before, r.After)
	}
	if status, text := h.chat("chat"); status != 200 || !strings.Contains(text, "hi") {
		t.Errorf("while it is staged: %d %s", status, text)
	}
	if err := os.Remove(toB); err != nil { // what was tried is what serves
		t.Fatal(err)
	}
	if err := os.WriteFile(armed, nil, 0o600); err != nil { // the agent is killed in the middle, and the next one goes on
		t.Fatal(err)
	}
	promoted := a.post("/strategies/chat/promote", "", 202)
	<-a.ended
	b := startAgent(t, state, nil, args...)
	second := b.until("good", func(s *statusOf) bool { return acknowledged(1)(s) && s.State == "good" && s.Text != first.Text })
	h.says("from-b")
	var now tried
	b.ask("GET", "/strategies/chat", &now)
	if now.Active == nil || now.Active.ID != promoted.Activation.ID || now.Staged != nil || now.Previous != nil || *now.Strategy != "llmrouter-mf" {
		t.Errorf("%+v", now)
	}
	replace(t, config, text(2)) // the operator changes something else: it stays
	changed := b.until("another is good", func(s *statusOf) bool {
		return acknowledged(1)(s) && s.State == "good" && s.Last == nil && s.Text != second.Text
	})
	h.says("from-b")

	// One that sends everything to what fails is promoted as soon as it passed, and comes back by itself.
	toC := favours(t, folder, "c", labels, nil)
	failing := b.post("/strategies/chat/stage", wanted(toC, `, "auto_promote": true`), 202)
	if failing.Status != "promoted" {
		t.Errorf("%+v", failing)
	}
	for deadline := time.Now().Add(30 * time.Second); ; {
		h.chat("chat")
		b.ask("GET", "/strategies/chat", &now)
		if now.Active != nil && now.Active.ID == promoted.Activation.ID {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not come back: %+v", now)
		}
	}
	b.becomes(failing.Reload.ID, "rolled_back")
	if last := now.History[0]; last.State != "rolled_back" || !strings.HasPrefix(last.Reason, "watch: ") {
		t.Errorf("%+v", last)
	}
	b.until("back", func(s *statusOf) bool { return acknowledged(1)(s) && s.Text == changed.Text })
	h.says("from-b")
	replace(t, config, text(3))
	third := b.until("another is good", func(s *statusOf) bool {
		return acknowledged(1)(s) && s.State == "good" && s.Last == nil && s.Held == nil && s.Text != changed.Text
	})
	h.says("from-b")

	back := b.post("/strategies/chat/rollback", "", 202)
	if back.Activation != nil {
		t.Errorf("the operator's own configuration holds: %+v", back.Activation)
	}
	b.becomes(back.Reload.ID, "watching", "done")
	h.says(`"hi"`)
	b.until("good", func(s *statusOf) bool { return acknowledged(1)(s) && s.State == "good" && s.Text != third.Text })
	var done struct {
		Actions []struct{ Action, Outcome, Actor, Reason string } `json:"actions"`
	}
	b.ask("GET", "/config/audit", &done)
	if last := done.Actions[0]; last.Action != "strategies.rollback" || last.Outcome != "done" || !strings.HasPrefix(last.Actor, "sha256:") {
		t.Errorf("%+v", last)
	}
}

// TestStagingOfTwo: what the leader promotes is served by a follower's host, and goes on when the leader is gone. The follower refuses.
func TestStagingOfTwo(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	config := filepath.Join(folder, "config.yaml")
	replace(t, config, `model_list:
  - {model_name: chat, model_info: {id: a}, litellm_params: {model: openai/m, mock_response: from-a, weight: 1}}
  - {model_name: chat, model_info: {id: b}, litellm_params: {model: openai/m, mock_response: from-b, weight: 0}}
`)
	env := []string{"DATABASE_URL=" + postgrestest.Database(t), "LLMROUTER_CONFIG_SYNC_LEASE_SECONDS=2"}
	args := []string{"--xds", "", "--admin", "127.0.0.1:0", "--config", config}
	a := startAgent(t, t.TempDir(), env, args...)
	a.until("leads", func(s *statusOf) bool { return s.Leader && s.Revision != "" })
	b := startAgent(t, t.TempDir(), env, args...)
	h := startHost(t, b.admin, "host-b")
	h.says("from-a")
	first := b.until("follows", func(s *statusOf) bool { return !s.Leader && acknowledged(1)(s) })
	toB := wanted(favours(t, folder, "b", []string{"a", "b"}, nil), `, "auto_promote": true`)
	for path, body := range map[string]string{"stage": toB, "promote": "", "rollback": ""} {
		if got := b.post("/strategies/chat/"+path, body, 409); got.Error.Code != "not_leader" {
			t.Errorf("%s: %+v", path, got.Error)
		}
	}
	a.post("/strategies/chat/stage", toB, 202)
	h.says("from-b")
	var now tried
	b.ask("GET", "/strategies/chat", &now)
	if now.Active == nil || now.Active.State != "active" {
		t.Errorf("%+v", now)
	}
	a.kill()
	b.until("leads", func(s *statusOf) bool { return s.Leader && acknowledged(1)(s) && s.Last == nil && s.Text != first.Text })
	h.says("from-b")
	back := b.post("/strategies/chat/rollback", "", 202)
	b.becomes(back.Reload.ID, "watching", "done")
	h.says("from-a")
}
