package host

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host/vm/vmtest"
)

// sharedCache holds the compiled guest for all tests of the process.
var sharedCache string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "routeiq-host-test")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		sharedCache = dir
		code := m.Run()
		http.DefaultClient.CloseIdleConnections()
		if code == 0 {
			code = leaks()
		}
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return code
	}())
}

// leaks tells whether goroutines of ours outlived the tests. They may need a moment to end.
func leaks() int {
	var stacks string
	for range 200 {
		buf := make([]byte, 1<<20)
		stacks = string(buf[:runtime.Stack(buf, true)])
		if !strings.Contains(stacks, "routeiq/host") || strings.Count(stacks, "routeiq/host") == strings.Count(stacks, "host.TestMain")+strings.Count(stacks, "host.leaks") {
			return 0
		}
		ours := 0
		for _, g := range strings.Split(stacks, "\n\n") {
			if strings.Contains(g, "routeiq/host") && !strings.Contains(g, "host.leaks") {
				ours++
			}
		}
		if ours == 0 {
			return 0
		}
		runtime.Gosched()
		<-time.After(10 * time.Millisecond)
	}
	fmt.Fprintln(os.Stderr, "goroutines outlived the tests:\n"+stacks)
	return 1
}

// bench is a host with the test's guest, served on a free port.
type bench struct {
	*Host
	url       string
	log       *vmtest.Logs
	decisions *vmtest.Logs
	config    Config
}

// newBench starts a host whose clusters are the given addresses by name.
func newBench(t *testing.T, clusters map[string]string, change func(*Options, *Config)) *bench {
	t.Helper()
	b := &bench{log: &vmtest.Logs{}, decisions: &vmtest.Logs{}}
	options := Options{
		Wasm: vmtest.Build(t, "testdata/relay"), Concurrency: 2, CacheDir: sharedCache, DecisionLog: b.decisions,
		Log: slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	b.config = Config{Document: abi.Config{Version: abi.ConfigVersion, Role: abi.RoleRouter, Revision: "r1"}}
	for name, address := range clusters {
		b.config.Clusters = append(b.config.Clusters, clusterAt(t, name, address))
	}
	if change != nil {
		change(&options, &b.config)
	}
	h, err := New(t.Context(), options, b.config)
	if err != nil {
		t.Fatal(err)
	}
	b.Host = h
	server := httptest.NewUnstartedServer(h)
	server.Config.ConnContext = WithConnection
	server.Config.ErrorLog = serverLog(h.log)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	b.url = server.URL
	t.Cleanup(func() {
		server.Close()
		must(t, h.Close(context.Background()))
	})
	return b
}

func clusterAt(t *testing.T, name, address string) abi.Cluster {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	c := abi.Cluster{Name: name, Scheme: u.Scheme, Host: u.Hostname(), ConnectTimeoutMS: 2000}
	if _, err := fmt.Sscan(u.Port(), &c.Port); err != nil {
		t.Fatal(err)
	}
	return c
}

// upstreamServer serves a handler until the test ends.
func upstreamServer(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}

// refusing is an address nobody listens at.
func refusing(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	must(t, l.Close())
	return "http://" + l.Addr().String()
}

// resetting accepts connections and closes them after the request's first bytes.
func resetting(t *testing.T) string {
	t.Helper()
	return upstreamServer(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		must(t, conn.Close())
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// answer is what a client got.
type answer struct {
	status int
	header http.Header
	body   string
}

// call sends a request with a body and headers "name: value" and reads the whole answer.
func (b *bench) call(t *testing.T, body string, headers ...string) answer {
	t.Helper()
	response := b.open(t, t.Context(), body, headers...)
	defer func() { must(t, response.Body.Close()) }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

func (b *bench) open(t *testing.T, ctx context.Context, body string, headers ...string) *http.Response {
	t.Helper()
	response, err := b.send(ctx, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func (b *bench) send(ctx context.Context, body string, headers ...string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, "POST", b.url+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Add(name, value)
	}
	return http.DefaultClient.Do(request)
}

// decision is the last line of the decision log, once there are n.
type decision struct {
	Attempts int
	Verdict  struct {
		Flags, Details string
		Code           int
	}
}

// decided waits for the n-th decision and returns it. The line is written after the client has its answer.
func (b *bench) decided(t *testing.T, n int) decision {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		b.Host.decisions.flush()
		lines := strings.Split(strings.TrimSpace(b.decisions.String()), "\n")
		if len(lines) >= n && lines[n-1] != "" {
			var line struct {
				Time     time.Time
				Msg      string
				Decision decision
			}
			if err := json.Unmarshal([]byte(lines[n-1]), &line); err != nil || line.Msg != "decision" || line.Time.IsZero() {
				t.Fatalf("line %q: %v", lines[n-1], err)
			}
			return line.Decision
		}
		if time.Now().After(deadline) {
			t.Fatalf("decision %d was not logged: %v", n, lines)
		}
		runtime.Gosched()
	}
}
