package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host"
	"github.com/routeiq/routeiq/host/vm/vmtest"
	"github.com/routeiq/routeiq/plugins/litellm"
	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/publish/hosts"
)

const agentToken = "token-planted-2f90"

// told is publish.Nodes that hands on what matters here.
type told struct {
	accepted chan string
	reported chan abi.Report
}

func (n *told) Sent(string, publish.Kind, string, time.Time) {}
func (n *told) Accepted(node, revision string, _ time.Time)  { n.accepted <- node + " " + revision }
func (n *told) Refused(node, revision, reason string, _ time.Time) {
	n.accepted <- node + " refused " + revision + ": " + reason
}
func (n *told) Gone(string, time.Time) {}
func (n *told) Reported(r *abi.Report, _ time.Time) {
	select {
	case n.reported <- *r:
	default:
	}
}

func published(t *testing.T, p *hosts.Publisher, text string) string {
	t.Helper()
	c, err := litellm.Compile(litellm.Source{
		Path: "config.yaml", Read: func(string) ([]byte, error) { return []byte(text), nil }, Getenv: environment(nil),
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Config.ReportMS = 1000
	if err := p.Publish(t.Context(), &publish.Publication{Revision: c.Config.Revision, Config: c.Config, Clusters: c.Clusters, Credentials: c.Credentials}); err != nil {
		t.Fatal(err)
	}
	return c.Config.Revision
}

const keyed = mock + "general_settings: {master_key: sk-planted-master}\n"

// TestFollowsAnAgent: the whole command takes its configuration from an agent, serves it, has the module report it, and does
// not open itself to everyone when a later configuration asks for no key.
func TestFollowsAnAgent(t *testing.T) {
	nodes := &told{accepted: make(chan string, 10), reported: make(chan abi.Report, 1)}
	p := hosts.New(hosts.Options{Nodes: nodes, Token: func() (abi.Secret, error) { return abi.Secret{Value: agentToken}, nil }})
	server := httptest.NewServer(p)
	defer server.Close()
	defer p.Close()
	first := published(t, p, mock)
	tokenFile, state := filepath.Join(t.TempDir(), "token"), t.TempDir()
	if err := os.WriteFile(tokenFile, []byte(agentToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var complaints vmtest.Logs
	reader, writer := io.Pipe()
	c := &process{out: writer, err: &complaints, getenv: environment(map[string]string{"LITELLM_CONFIG_PATH": "/not/read.yaml"})}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan int, 1)
	go func() {
		ended <- c.run(ctx, []string{
			"--agent", server.URL, "--agent-token-file", tokenFile, "--node-id", "h1", "--state-dir", state, "--listen", "127.0.0.1:0", "--admin", "",
			"--module", moduleFile(t), "--cache-dir", t.TempDir(), "--concurrency", "1",
		})
		if err := writer.Close(); err != nil {
			t.Error(err)
		}
	}()
	lines := bufio.NewScanner(reader)
	if !lines.Scan() {
		t.Fatalf("it ended: %s", &complaints)
	}
	address := strings.TrimPrefix(lines.Text(), "listening on ")
	go func() {
		for lines.Scan() { // decisions
		}
	}()
	await := func(want string) {
		t.Helper()
		select {
		case got := <-nodes.accepted:
			if got != want {
				t.Errorf("the agent heard %q, want %q", got, want)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("the agent did not hear %q: %s", want, &complaints)
		}
	}
	await("h1 " + first)
	second := published(t, p, strings.Replace(mock, "hello there", "hello again", 1))
	await("h1 " + second)
	response, err := http.Post(address+"/v1/chat/completions", "application/json", strings.NewReader(`{"model":"gpt-4","messages":[{"role":"user","content":"hi"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.Body.Close() != nil || !strings.Contains(string(body), "hello again") || response.Header.Get(abi.HeaderRevision) != second {
		t.Errorf("%d %s %v", response.StatusCode, body, err)
	}
	select {
	case r := <-nodes.reported:
		if r.Node != "h1" || r.Revision != first && r.Revision != second {
			t.Errorf("%+v", r)
		}
	case <-time.After(30 * time.Second):
		t.Errorf("no report came: %s", &complaints)
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if exit := <-ended; exit != exitGood {
		t.Errorf("exit %d: %s", exit, &complaints)
	}
	if files, err := os.ReadDir(state); err != nil || len(files) != 1 || strings.Contains(complaints.String(), "planted") {
		t.Errorf("%v %v: %s", files, err, &complaints)
	}
}

// TestAgentExits: what cannot work is said at once.
func TestAgentExits(t *testing.T) {
	nodes := &told{}
	p := hosts.New(hosts.Options{Nodes: nodes, Token: func() (abi.Secret, error) { return abi.Secret{Value: agentToken}, nil }})
	server := httptest.NewServer(p)
	defer server.Close()
	defer p.Close()
	published(t, p, mock)
	empty := configFile(t, "\n")
	wasm := configFile(t, "it is not read before the agent has answered")
	for _, c := range []struct {
		name string
		args []string
		env  map[string]string
		exit int
		says []string
	}{
		{"both", []string{"--agent", server.URL, "--config", empty}, nil, exitUsage, []string{"--config", "--agent"}},
		{"strict", []string{"--agent", server.URL, "--strict"}, nil, exitUsage, []string{"--strict"}},
		{"no agent", []string{"--config", empty, "--agent-ca", "x"}, nil, exitUsage, []string{"--agent-ca"}},
		{"an empty address", []string{"--agent", ""}, nil, exitUsage, []string{"--agent"}},
		{"clear text", []string{"--agent", "http://agent.example", "--module", wasm}, nil, exitRefused, []string{"--agent-clear-text"}},
		{"node", []string{"--agent", server.URL, "--node-id", "a b", "--module", wasm}, nil, exitRefused, []string{"--node-id"}},
		{"no token", []string{"--agent", server.URL, "--module", wasm, "--state-dir", ""}, nil, exitRefused, []string{server.URL, "401", "ROUTEIQ_AGENT_TOKEN"}},
		{"wrong token", []string{"--agent", server.URL, "--module", wasm, "--state-dir", ""}, map[string]string{tokenVariable: agentToken + "x"}, exitRefused,
			[]string{server.URL, "401", "not the agent's"}},
		{"no token file", []string{"--agent", server.URL, "--module", wasm, "--agent-token-file", "/no/token"}, nil, exitRefused, []string{"--agent-token-file", "/no/token"}},
		{"empty token file", []string{"--agent", server.URL, "--module", wasm, "--agent-token-file", empty}, nil, exitRefused, []string{empty, "empty"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var complaints vmtest.Logs
			h := &process{out: &complaints, err: &complaints, getenv: environment(c.env)}
			if got := h.run(t.Context(), c.args); got != c.exit {
				t.Errorf("exit %d, want %d: %s", got, c.exit, &complaints)
			}
			for _, text := range c.says {
				if !strings.Contains(complaints.String(), text) {
					t.Errorf("%q is not in: %s", text, &complaints)
				}
			}
			if strings.Contains(complaints.String(), "planted") {
				t.Errorf("a secret is in: %s", &complaints)
			}
		})
	}
}

// TestKeysAreNotDropped: a host that everyone can connect to, because its first configuration asked for a key, does not take
// one that asks for none; where the operator said where to listen, it does.
func TestKeysAreNotDropped(t *testing.T) {
	config := func(text string) host.Config {
		c, err := litellm.Compile(litellm.Source{Path: "c", Read: func(string) ([]byte, error) { return []byte(text), nil }, Getenv: environment(nil)})
		if err != nil {
			t.Fatal(err)
		}
		return host.Config{Document: c.Config, Clusters: c.Clusters, Credentials: c.Credentials}
	}
	wasm, err := os.ReadFile(moduleFile(t))
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	for name, c := range map[string]struct {
		first       string
		listenGiven bool
		address     string
		refused     bool
	}{
		"a key": {keyed, false, ":4000", true}, "a key, --listen": {keyed, true, "0.0.0.0:1", false}, "no key": {mock, false, "127.0.0.1:4000", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &followed{options: host.Options{Wasm: wasm, Concurrency: 1, CacheDir: cache, Log: slog.New(slog.DiscardHandler)}, listen: "0.0.0.0:1", listenGiven: c.listenGiven}
			if err := s.take(t.Context(), config(c.first)); err != nil {
				t.Fatal(err)
			}
			if s.address != c.address {
				t.Errorf("it listens on %s", s.address)
			}
			err := s.take(t.Context(), config(mock))
			if (err != nil) != c.refused || err != nil && !strings.Contains(err.Error(), "master_key") {
				t.Errorf("%v", err)
			}
			if err := s.host.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
}
