package follow_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host"
	"github.com/routeiq/routeiq/host/follow"
	"github.com/routeiq/routeiq/host/vm/vmtest"
	"github.com/routeiq/routeiq/plugins/litellm"
	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/publish/hosts"
)

const token = "token-planted-4b71"

// cache is the folder of compiled code that all tests share.
var cache string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if cache, err = os.MkdirTemp("", "routeiq-follow-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() { _ = os.RemoveAll(cache) }() // a folder of the system's, if it stays
		return m.Run()
	}())
}

// module is the real one: the one that was built, or else it is built now.
func module(t *testing.T) []byte {
	t.Helper()
	if path := os.Getenv("ROUTEIQ_WASM"); path != "" {
		wasm, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("ROUTEIQ_WASM: %v; unset it to have the module built", err)
		}
		return wasm
	}
	return vmtest.Build(t, "../../plugins/cmd/routeiq")
}

// nodes is publish.Nodes that a test waits on.
type nodes struct {
	mu      sync.Mutex
	lines   []string
	reports map[string]abi.Report // by node, worker and revision: the first
	news    chan struct{}         // one is in it when something was heard
}

var _ publish.Nodes = (*nodes)(nil)

func newNodes() *nodes { return &nodes{reports: map[string]abi.Report{}, news: make(chan struct{}, 1)} }

func (n *nodes) heard(change func()) {
	n.mu.Lock()
	change()
	n.mu.Unlock()
	select {
	case n.news <- struct{}{}:
	default:
	}
}

func (n *nodes) line(format string, args ...any) {
	n.heard(func() { n.lines = append(n.lines, fmt.Sprintf(format, args...)) })
}

func (n *nodes) Sent(node string, kind publish.Kind, revision string, _ time.Time) {
	n.line("sent %s %s %s", node, kind, revision)
}
func (n *nodes) Accepted(node, revision string, _ time.Time) {
	n.line("accepted %s %s", node, revision)
}
func (n *nodes) Refused(node, revision, reason string, _ time.Time) {
	n.line("refused %s %s %s", node, revision, reason)
}
func (n *nodes) Gone(node string, _ time.Time) { n.line("gone %s", node) }
func (n *nodes) Reported(r *abi.Report, _ time.Time) {
	n.heard(func() {
		if key := fmt.Sprint(r.Node, r.Worker, r.Revision); n.reports[key].Node == "" {
			n.reports[key] = *r
		}
	})
}

// await waits until something is so.
func (n *nodes) await(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		n.mu.Lock()
		ok, lines := so(), fmt.Sprint(n.lines)
		n.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-n.news:
		case <-deadline:
			t.Fatalf("waited in vain until it %s; reports %v; heard last %s", what, n.reports, lines[max(0, len(lines)-1000):])
		}
	}
}

// hears waits for a line that begins so, and returns it.
func (n *nodes) hears(t *testing.T, begin string) (line string) {
	t.Helper()
	n.await(t, "hears "+begin, func() bool {
		for _, l := range n.lines {
			if strings.HasPrefix(l, begin) {
				line = l
				return true
			}
		}
		return false
	})
	return line
}

// fleet is an agent's publisher on a port of its own, which can end and come back there as a process would.
type fleet struct {
	*hosts.Publisher
	nodes   *nodes
	address string
	token   atomic.Pointer[string] // what the agent asks for
	hold    atomic.Pointer[hold]   // of reports; nil: they are answered at once
	log     *vmtest.Logs
	server  *http.Server
}

// hold keeps reports from being answered until it is released.
type hold struct{ held, release chan struct{} }

func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{address: "127.0.0.1:0", log: &vmtest.Logs{}}
	f.asks(token)
	f.begin(t)
	t.Cleanup(func() { f.end(t) })
	return f
}

func (f *fleet) asks(token string) { f.token.Store(&token) }

// begin starts the agent, which knows no node yet.
func (f *fleet) begin(t *testing.T) {
	t.Helper()
	f.nodes = newNodes()
	f.Publisher = hosts.New(hosts.Options{
		Nodes: f.nodes, Log: slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Token: func() (abi.Secret, error) { return abi.Secret{Value: *f.token.Load()}, nil },
	})
	listener, err := net.Listen("tcp", f.address)
	if err != nil {
		t.Fatal(err)
	}
	f.address = listener.Addr().String()
	f.server = &http.Server{ReadHeaderTimeout: time.Second, WriteTimeout: time.Second} // shorter than a poll
	server, publisher := f.server, f.Publisher
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hold := f.hold.Load(); hold != nil && r.URL.Path == abi.PathReport {
			hold.held <- struct{}{}
			<-hold.release
		}
		publisher.ServeHTTP(w, r)
	})
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	}()
}

// end cuts every connection.
func (f *fleet) end(t *testing.T) {
	t.Helper()
	f.Close()
	if err := f.server.Close(); err != nil {
		t.Error(err)
	}
}

// publication compiles revision i: its model and its key have the number.
func publication(t *testing.T, upstream string, i int) *publish.Publication {
	t.Helper()
	text := fmt.Sprintf(`
model_list:
  - {model_name: g, litellm_params: {model: openai/m-%d, api_key: sk-planted-%d, api_base: "%s/v1"}, model_info: {id: d}}
`, i, i, upstream)
	compiled, err := litellm.Compile(litellm.Source{
		Path: "config.yaml", Read: func(string) ([]byte, error) { return []byte(text), nil }, Getenv: func(string) (string, bool) { return "", false },
	})
	if err != nil {
		t.Fatal(err)
	}
	compiled.Config.ReportMS = 100
	return &publish.Publication{Revision: compiled.Config.Revision, Config: compiled.Config, Clusters: compiled.Clusters, Credentials: compiled.Credentials}
}

func (f *fleet) publish(t *testing.T, p *publish.Publication) {
	t.Helper()
	if err := f.Publish(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

// member is a host that follows the fleet's agent, served on a port of its own.
type member struct {
	*host.Host
	url   string
	log   *vmtest.Logs
	token atomic.Pointer[string]
	end   func()
}

func (f *fleet) join(t *testing.T, dir string) *member {
	t.Helper()
	m := &member{log: &vmtest.Logs{}}
	own := token
	m.token.Store(&own)
	log := slog.New(slog.NewTextHandler(m.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	follower, err := follow.New(follow.Options{
		URL: "http://" + f.address, Node: "h1", StateDir: dir, Log: log, Wait: 5 * time.Second,
		Token: func() (abi.Secret, error) { return abi.Secret{Value: *m.token.Load()}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	take := func(ctx context.Context, config host.Config) (err error) {
		if m.Host != nil {
			return m.Swap(ctx, config)
		}
		m.Host, err = host.New(ctx, host.Options{Wasm: module(t), Concurrency: 2, CacheDir: cache, NodeID: "h1", Agent: follower, Log: log}, config)
		return err
	}
	ctx, stop := context.WithCancel(t.Context())
	if err := follower.Start(ctx, take); err != nil {
		t.Fatal(err)
	}
	var run sync.WaitGroup
	run.Go(func() { follower.Run(ctx, take) })
	server := httptest.NewServer(m.Host)
	m.url = server.URL
	m.end = sync.OnceFunc(func() {
		stop()
		run.Wait()
		server.Close()
		if err := m.Close(context.Background()); err != nil {
			t.Error(err)
		}
		follower.Close()
	})
	t.Cleanup(func() {
		m.end()
		if t.Failed() {
			t.Logf("the host's log ends with\n%s", m.log.String()[max(0, len(m.log.String())-4000):])
		}
		for name, text := range map[string]string{"host": m.log.String(), "agent": f.log.String()} {
			if at := strings.Index(text, "planted"); at >= 0 {
				t.Errorf("a secret is in the %s's log: %s", name, text[max(0, at-200):min(len(text), at+40)])
			}
		}
	})
	return m
}

// upstream answers with the key and the model it got: whole, or as a stream of ten events with some time between them.
func upstream(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Model  string
			Stream bool
		}
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			t.Error(err)
		}
		_, number, _ := strings.Cut(r.Header.Get("Authorization"), "Bearer sk-planted-")
		word := number + "/" + strings.TrimPrefix(asked.Model, "m-") + " "
		if !asked.Stream {
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":%q},"finish_reason":"stop"}],`+
				`"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`, word) // the client sees what did not arrive
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		tick := time.NewTicker(8 * time.Millisecond)
		defer tick.Stop()
		for range 10 {
			if _, err := fmt.Fprintf(w, "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":%q},\"finish_reason\":null}]}\n\n", word); err != nil {
				return
			}
			if http.NewResponseController(w).Flush() != nil {
				return
			}
			<-tick.C
		}
		_, _ = io.WriteString(w, "data: [DONE]\n\n")
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// ask makes a request, and returns the revision that decided it and the words of the answer.
func (m *member) ask(stream bool) (revision, words string, err error) {
	body := fmt.Sprintf(`{"model":"g","stream":%v,"messages":[{"role":"user","content":"hi"}]}`, stream)
	response, err := http.Post(m.url+"/v1/chat/completions", "application/json", strings.NewReader(body))
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 200 {
		return "", "", fmt.Errorf("%d %s %w", response.StatusCode, text, err)
	}
	revision = response.Header.Get(abi.HeaderRevision)
	if !stream {
		var answer struct {
			Choices []struct{ Message struct{ Content string } }
		}
		if err := json.Unmarshal(text, &answer); err != nil {
			return "", "", err
		}
		return revision, answer.Choices[0].Message.Content, nil
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		if data == "[DONE]" {
			return revision, words, nil
		}
		var chunk struct {
			Choices []struct{ Delta struct{ Content string } }
		}
		if err := json.Unmarshal([]byte(data), &chunk); err != nil {
			return "", "", err
		}
		for _, c := range chunk.Choices {
			words += c.Delta.Content
		}
	}
	return "", "", fmt.Errorf("the stream has no end: %s", text)
}

// TestSwapsUnderLoad: a hundred revisions under load with streams. No request fails, and every one has the key and the model
// of the revision that decided it from its first word to its last. The module of every worker reports the last revision, by
// the hash of the very bytes that the agent published.
func TestSwapsUnderLoad(t *testing.T) {
	const swaps = 100
	f, up := newFleet(t), upstream(t)
	all := make([]*publish.Publication, swaps+1)
	number := map[string]int{} // of a revision
	for i := range all {
		all[i] = publication(t, up, i)
		number[all[i].Revision] = i
	}
	f.publish(t, all[0])
	m := f.join(t, t.TempDir())
	var load sync.WaitGroup
	var requests, streams atomic.Int64
	stop, ended := make(chan struct{}), make(chan struct{}, 1)
	for client := range 9 {
		load.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				stream := client%3 != 0
				revision, words, err := m.ask(stream)
				i, known := number[revision]
				want := fmt.Sprintf("%d/%d ", i, i)
				if stream {
					want = strings.Repeat(want, 10)
				}
				if err != nil || !known || words != want {
					t.Errorf("revision %q (%d): %q %v", revision, i, words, err)
				}
				requests.Add(1)
				if stream {
					streams.Add(1)
				}
				select {
				case ended <- struct{}{}:
				default:
				}
			}
		})
	}
	began := time.Now()
	for i := 1; i <= swaps; i++ {
		f.publish(t, all[i])
		f.nodes.hears(t, "accepted h1 "+all[i].Revision)
		for enough := streams.Load() + 2; streams.Load() < enough; { // so that a stream sees several swaps, not all of them
			<-ended
		}
	}
	took := time.Since(began)
	if revision, words, err := m.ask(false); err != nil || revision != all[swaps].Revision || words != "100/100 " {
		t.Errorf("after the last: %q %q %v", revision, words, err)
	}
	close(stop)
	load.Wait()
	t.Logf("%d swaps in %s, %d requests, %d of them streams", swaps, took, requests.Load(), streams.Load())
	if streams.Load() < 2*swaps || took > 60*time.Second {
		t.Errorf("%d requests in %s", requests.Load(), took)
	}
	f.reported(t, all[swaps])
}

// reported waits until both workers have reported a publication, by the hash of its very bytes.
func (f *fleet) reported(t *testing.T, p *publish.Publication) {
	t.Helper()
	document, err := json.Marshal(p.Config)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(document)
	f.nodes.await(t, "hears both workers report "+p.Revision, func() bool {
		n := 0
		for _, r := range f.nodes.reports {
			if r.Revision == p.Revision && r.Node == "h1" && r.Document == hex.EncodeToString(sum[:]) {
				n++
			}
		}
		return n == 2
	})
}

// TestSwapWhileReportsAreOut: a worker whose report had no answer yet when it got a new revision reports that revision.
func TestSwapWhileReportsAreOut(t *testing.T) {
	f, up := newFleet(t), upstream(t)
	first, second := publication(t, up, 1), publication(t, up, 2)
	hold := &hold{held: make(chan struct{}, 100), release: make(chan struct{})}
	f.hold.Store(hold)
	f.publish(t, first)
	f.join(t, t.TempDir())
	for range 2 {
		<-hold.held
	}
	f.publish(t, second)
	f.nodes.hears(t, "accepted h1 "+second.Revision)
	f.hold.Store(nil)
	close(hold.release)
	f.reported(t, second)
}

// TestAgentGoesAndComesBack: the host serves without the agent, also when it starts without it; when the agent is back, under
// the same address and without memory, the host hears of what is new and says what it runs.
func TestAgentGoesAndComesBack(t *testing.T) {
	f, up, dir := newFleet(t), upstream(t), t.TempDir()
	first, second := publication(t, up, 1), publication(t, up, 2)
	f.publish(t, first)
	m := f.join(t, dir)
	f.nodes.hears(t, "accepted h1 "+first.Revision)
	serves := func(p *publish.Publication) {
		t.Helper()
		if revision, _, err := m.ask(true); err != nil || revision != p.Revision {
			t.Errorf("%q %v, want %s", revision, err, p.Revision)
		}
	}
	f.end(t)
	serves(first)
	f.begin(t)
	f.publish(t, second)
	f.nodes.hears(t, "accepted h1 "+second.Revision)
	serves(second)
	if f.nodes.lines[len(f.nodes.lines)-2] != "sent h1 host "+second.Revision {
		t.Errorf("%q", f.nodes.lines) // before it may stand what this agent's predecessor did not hear any more
	}
	f.end(t)
	m.end()
	m = f.join(t, dir)
	serves(second)
	f.begin(t)
	f.publish(t, second)
	f.nodes.hears(t, "accepted h1 "+second.Revision)
	serves(second)
	if n := strings.Count(m.log.String(), "an update was taken"); n != 1 {
		t.Errorf("%d updates were taken, though it was the same", n)
	}
}

// TestBadUpdate: what the host cannot take changes nothing, the agent hears why, and the corrected one is taken.
func TestBadUpdate(t *testing.T) {
	f, up := newFleet(t), upstream(t)
	first, third := publication(t, up, 1), publication(t, up, 3)
	f.publish(t, first)
	m := f.join(t, t.TempDir())
	f.nodes.hears(t, "accepted h1 "+first.Revision)
	for name, spoil := range map[string]func(*publish.Publication) (says string){
		"a cluster": func(p *publish.Publication) string {
			p.Clusters[0].Scheme = "ftp"
			return `its scheme is "ftp"`
		},
		"a key": func(p *publish.Publication) string {
			p.Credentials[0].Parts[0].Secret.Value = "sk-planted\r\n"
			return "line break"
		},
		"a document": func(p *publish.Publication) string {
			p.Config.Groups[0].Deployments[0].Paths = nil
			return "groups[0].deployments[0].paths"
		},
		"a later version": func(p *publish.Publication) string {
			p.Config.Version++
			return "this build reads version"
		},
	} {
		bad := publication(t, up, 2)
		bad.Revision = "bad-" + strings.Fields(name)[1]
		bad.Config.Revision = bad.Revision
		says := spoil(bad)
		f.publish(t, bad)
		if line := f.nodes.hears(t, "refused h1 "+bad.Revision); !strings.Contains(line, says) || strings.Contains(line, "planted") {
			t.Errorf("%s: %s", name, line)
		}
		if revision, _, err := m.ask(false); err != nil || revision != first.Revision {
			t.Errorf("%s: %q %v", name, revision, err)
		}
	}
	f.publish(t, third)
	f.nodes.hears(t, "accepted h1 "+third.Revision)
	if revision, words, err := m.ask(false); err != nil || revision != third.Revision || words != "3/3 " {
		t.Errorf("%q %q %v", revision, words, err)
	}
}

// TestTokenChanges: an agent that asks for another token is no end of service: both logs say what is wrong, and the host goes
// on as soon as it has the new one.
func TestTokenChanges(t *testing.T) {
	f, up := newFleet(t), upstream(t)
	first, second := publication(t, up, 1), publication(t, up, 2)
	f.publish(t, first)
	m := f.join(t, t.TempDir())
	f.nodes.hears(t, "accepted h1 "+first.Revision)
	changed := "token-planted-new"
	f.asks(changed)
	f.end(t) // polls under way end
	f.begin(t)
	f.publish(t, second)
	deadline := time.Now().Add(20 * time.Second)
	for !strings.Contains(m.log.String(), "answered 401 Unauthorized: the token is not the agent's") || !strings.Contains(f.log.String(), "status=401") {
		if time.Now().After(deadline) {
			t.Fatalf("nobody is told: %s\n%s", m.log, f.log)
		}
		if revision, _, err := m.ask(false); err != nil || revision != first.Revision {
			t.Fatalf("%q %v", revision, err)
		}
	}
	m.token.Store(&changed)
	f.nodes.hears(t, "accepted h1 "+second.Revision)
}
