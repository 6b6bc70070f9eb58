package vm

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routeiq/routeiq/host/vm/vmtest"
)

// start compiles the guest and returns a VM with one plugin, and what it logs.
func start(t *testing.T, configuration string, change func(*Options)) (*Module, *VM, *Plugin, *vmtest.Logs) {
	t.Helper()
	l := &vmtest.Logs{}
	options := Options{VMID: "test", Node: Node{ID: "node-1"}, CacheDir: cacheDir(t), Log: slog.New(slog.NewTextHandler(l, nil))}
	if change != nil {
		change(&options)
	}
	m, err := Compile(t.Context(), vmtest.Build(t, "testdata/guest"), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { must(t, m.Close(context.Background())) })
	v := newVM(t, m)
	p, err := v.StartPlugin(PluginConfig{Name: "p", RootID: "root", Configuration: []byte(configuration)})
	if err != nil {
		t.Fatal(err)
	}
	return m, v, p, l
}

func newVM(t *testing.T, m *Module) *VM {
	t.Helper()
	v, err := m.NewVM(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { must(t, v.Close(context.Background())) })
	return v
}

// cacheDir is one folder for all tests of the process: compiling once takes a second, reading it back a tenth.
func cacheDir(t *testing.T) string {
	t.Helper()
	return sharedCache
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// open makes a stream with a mode and shows it the request's headers.
func open(t *testing.T, p *Plugin, mode string, more ...Header) (*Stream, *Headers, Verdict, error) {
	t.Helper()
	s, err := p.NewStream(NewExchange(Facts{Protocol: "HTTP/1.1", SourceAddress: "10.0.0.1:5", Flags: 0x20, Code: 207}))
	if err != nil {
		t.Fatal(err)
	}
	h := NewHeaders(append([]Header{{":method", "POST"}, {":path", "/v1/x?a=b"}, {":authority", "example"}, {"x-mode", mode}}, more...))
	verdict, err := s.RequestHeaders(h, false)
	return s, h, verdict, err
}

func TestRequestHeaders(t *testing.T) {
	_, _, p, _ := start(t, "", nil)
	tests := []struct {
		mode string
		more []Header
		want map[string]string
	}{
		{"headers", []Header{{"x-gone", "1"}, {"x-twice", "a"}, {"x-twice", "b"}, {"x-gone", "2"}},
			map[string]string{":path": "/other?x=1", "x-added": "1", "x-twice": "once", "x-gone": "", "x-count": "8/7"}},
		{"replace", nil, map[string]string{":method": "GET", ":path": "", "x-mode": ""}},
		{"foreign", nil, map[string]string{"x-reversed": "cba"}},
		{"metrics", nil, map[string]string{"x-metrics": "3/3"}},
		{"call-unknown", nil, map[string]string{"x-mode": "call-unknown"}},
		{"property", nil, map[string]string{"x-plugin_root_id": "root", "x-plugin_vm_id": "test", "x-node.id": "node-1",
			"x-request.path": "/v1/x?a=b", "x-request.url_path": "/v1/x", "x-request.query": "a=b", "x-request.host": "example",
			"x-request.method": "POST", "x-request.headers.x-mode": "property", "x-request.protocol": "HTTP/1.1",
			"x-source.address": "10.0.0.1:5", "x-flags": "20", "x-set.before": "error status returned by host: not found"}},
	}
	p.vm.module.options.Foreign = map[string]func([]byte) ([]byte, Status){"reverse": func(b []byte) ([]byte, Status) {
		return []byte{b[2], b[1], b[0]}, StatusOK
	}}
	for _, tt := range tests {
		t.Run(tt.mode, func(t *testing.T) {
			s, h, verdict, err := open(t, p, tt.mode, tt.more...)
			if err != nil || verdict != Continue {
				t.Fatalf("verdict %v, error %v", verdict, err)
			}
			for name, want := range tt.want {
				if got := h.Value(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if tt.mode == "property" && s.exchange.Property("routeiq.next") != "cluster-7" {
				t.Errorf("filter state %q", s.exchange.Property("routeiq.next"))
			}
			must(t, s.Delete())
		})
	}
}

func TestBodyIsHeldRewrittenAndReleased(t *testing.T) {
	_, _, p, _ := start(t, "", nil)
	s, h, verdict, err := open(t, p, "body")
	if err != nil || verdict != Pause {
		t.Fatalf("headers: %v %v", verdict, err)
	}
	chunk := []byte("ab")
	if _, verdict, err = s.RequestBody(chunk, false); err != nil || verdict != Pause {
		t.Fatalf("first chunk: %v %v", verdict, err)
	}
	copy(chunk, "XX") // the caller's buffer is its own again
	body, verdict, err := s.RequestBody([]byte("cd"), true)
	if err != nil || verdict != Continue || string(body) != "<ABCD!>" {
		t.Fatalf("second chunk: %q %v %v", body, verdict, err)
	}
	if h.Value("x-size") != "4" {
		t.Errorf("the module saw %s bytes, want 4", h.Value("x-size"))
	}
	must(t, s.Delete())
}

func TestRequestTrailersReleaseTheBody(t *testing.T) {
	_, _, p, _ := start(t, "", nil)
	s, _, _, err := open(t, p, "trailers")
	must(t, err)
	if _, _, err := s.RequestBody([]byte("b"), false); err != nil {
		t.Fatal(err)
	}
	h := NewHeaders([]Header{{"checksum", "1"}})
	if _, verdict, err := s.RequestTrailers(h); err != nil || verdict != Continue || h.Value("x-trailers") != "1" {
		t.Errorf("trailers: %v %v %v", verdict, err, h.Lines())
	}
	must(t, s.Delete())
}

func TestResponse(t *testing.T) {
	_, _, p, _ := start(t, "", nil)
	s, _, _, err := open(t, p, "response")
	must(t, err)
	h := NewHeaders([]Header{{":status", "200"}})
	if verdict, err := s.ResponseHeaders(h, false); err != nil || verdict != Continue || h.Value(":status") != "299" || h.Value("x-seen") != "false" {
		t.Fatalf("headers: %v %v %v", verdict, err, h.Lines())
	}
	body, verdict, err := s.ResponseBody([]byte("abc"), false)
	if err != nil || verdict != Continue || string(body) != "ABC" {
		t.Fatalf("body: %q %v %v", body, verdict, err)
	}
	if body, verdict, err = s.ResponseBody(nil, true); err != nil || verdict != Continue || len(body) != 0 {
		t.Fatalf("end: %q %v %v", body, verdict, err)
	}
	must(t, s.Done(Log{}))
}

func TestResponseHeadersAreHeldUntilTheSecondChunk(t *testing.T) {
	_, _, p, _ := start(t, "", nil)
	s, _, _, err := open(t, p, "first-chunk")
	must(t, err)
	h := NewHeaders([]Header{{":status", "200"}})
	if verdict, err := s.ResponseHeaders(h, false); err != nil || verdict != Pause {
		t.Fatalf("headers: %v %v", verdict, err)
	}
	if _, verdict, err := s.ResponseBody([]byte("one "), false); err != nil || verdict != Pause {
		t.Fatalf("first: %v %v", verdict, err)
	}
	body, verdict, err := s.ResponseBody([]byte("two"), false)
	if err != nil || verdict != Continue || string(body) != "one two" || h.Value("x-held") != "7" {
		t.Fatalf("second: %q %v %v %v", body, verdict, err, h.Lines())
	}
	if body, verdict, err = s.ResponseBody([]byte("three"), true); err != nil || verdict != Continue || string(body) != "three" {
		t.Fatalf("third: %q %v %v", body, verdict, err)
	}
	must(t, s.Delete())
}

func TestAnswers(t *testing.T) {
	_, _, p, _ := start(t, "", nil)
	s, _, verdict, err := open(t, p, "local")
	if err != nil || verdict != Answered {
		t.Fatalf("%v %v", verdict, err)
	}
	a := s.Answer()
	if a.Status != 403 || string(a.Body) != "no" || len(a.Headers) != 1 || a.Headers[0] != (Header{"x-why", "tired"}) {
		t.Errorf("%+v", a)
	}
	if s.Answer() != nil {
		t.Error("the answer was given twice")
	}
	must(t, s.Delete())

	s, _, _, err = open(t, p, "response-local")
	must(t, err)
	if verdict, err := s.ResponseHeaders(NewHeaders([]Header{{":status", "200"}}), false); err != nil || verdict != Pause {
		t.Fatalf("%v %v", verdict, err)
	}
	if _, verdict, err := s.ResponseBody([]byte("x"), true); err != nil || verdict != Answered || string(s.Answer().Body) != "instead" {
		t.Fatalf("%v %v", verdict, err)
	}
	must(t, s.Delete())
}

// judge is a Caller for the cluster "judge"; answer nil fails.
type judge struct {
	answer *HTTPResponse
	err    error
	asked  chan HTTPCall
}

func (j *judge) Known(cluster string) bool { return cluster == "judge" }

func (j *judge) Call(ctx context.Context, call HTTPCall) (*HTTPResponse, error) {
	j.asked <- call
	if j.answer == nil && j.err == nil {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return j.answer, j.err
}

func TestHTTPCall(t *testing.T) {
	good := &HTTPResponse{Headers: NewHeaders([]Header{{":status", "200"}}), Body: []byte("guilty")}
	tests := []struct {
		name, mode string
		judge      judge
		verdict    Verdict
		header     string
	}{
		{"answer resumes", "call", judge{answer: good}, Continue, "guilty"},
		{"answer becomes the client's", "call-local", judge{answer: good}, Answered, ""},
		{"failure", "call", judge{err: errors.New("refused")}, Continue, "none"},
		{"timeout", "call-timeout", judge{}, Continue, "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.judge.asked = make(chan HTTPCall, 1)
			_, _, p, _ := start(t, "", func(o *Options) { o.Caller = &tt.judge })
			s, h, verdict, err := open(t, p, tt.mode)
			if err != nil || verdict != Pause {
				t.Fatalf("%v %v", verdict, err)
			}
			if call := <-tt.judge.asked; string(call.Body) != "question" || call.Cluster != "judge" || len(call.Headers) != 3 {
				t.Errorf("the call was %+v", call)
			}
			_, verdict, err = s.WaitRequest(t.Context())
			if err != nil || verdict != tt.verdict || h.Value("x-verdict") != tt.header {
				t.Errorf("%v %v %v", verdict, err, h.Lines())
			}
			must(t, s.Delete())
		})
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	_, _, p, _ := start(t, "", nil)
	s, _, verdict, err := open(t, p, "hold")
	if err != nil || verdict != Pause {
		t.Fatalf("%v %v", verdict, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.WaitRequest(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	must(t, s.Delete())
}

func TestLogPhase(t *testing.T) {
	_, _, p, _ := start(t, "", nil)
	s, h, _, err := open(t, p, "log")
	must(t, err)
	must(t, s.Done(Log{RequestHeaders: h, ResponseHeaders: NewHeaders([]Header{{":status", "200"}})}))
	if got := s.exchange.Property("routeiq.decision"); got != "/v1/x?a=b 200 207" {
		t.Errorf("the property set in the log phase is %q", got)
	}
	if s.Done(Log{}) == nil {
		t.Error("a stream can end twice")
	}
}

func TestTraps(t *testing.T) {
	tests := []struct {
		mode   string
		late   bool
		logged string
	}{
		{"trap", false, "asked for it"},
		{"exit", false, "nil pointer"},
		{"hog", false, "out of memory"},
		{"loop", true, ""},
		{"sleep", true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.mode, func(t *testing.T) {
			m, v, p, l := start(t, "", func(o *Options) {
				o.CallLimit = 100 * time.Millisecond
				o.MemoryLimit = 64 << 20
				if tt.mode == "hog" {
					o.CallLimit = time.Minute
				}
			})
			other, _, _, err := open(t, p, "hold")
			must(t, err)
			waited := make(chan error, 1)
			go func() {
				_, _, err := other.WaitRequest(context.Background())
				waited <- err
			}()
			begun := time.Now()
			_, _, _, err = open(t, p, tt.mode)
			var trap *Trap
			if !errors.As(err, &trap) || trap.Late != tt.late || trap.Function != "proxy_on_request_headers" {
				t.Fatalf("error %v (%+v)", err, trap)
			}
			if tt.late && time.Since(begun) > 5*time.Second {
				t.Errorf("it took %v", time.Since(begun))
			}
			if !strings.Contains(l.String(), tt.logged) {
				t.Errorf("the log lacks %q: %s", tt.logged, l)
			}
			if err := <-waited; !errors.As(err, &trap) {
				t.Errorf("a waiting stream got %v", err)
			}
			if _, err := p.NewStream(NewExchange(Facts{})); !errors.As(err, &trap) {
				t.Errorf("a dead VM made a stream: %v", err)
			}
			if v.Trapped() == nil {
				t.Error("a dead VM says it lives")
			}
			// Its replacement, and every other VM of the module, is well.
			p2, err := newVM(t, m).StartPlugin(PluginConfig{RootID: "root"})
			if err != nil {
				t.Fatal(err)
			}
			s, _, verdict, err := open(t, p2, "headers")
			if err != nil || verdict != Continue {
				t.Fatalf("the new VM: %v %v", verdict, err)
			}
			must(t, s.Delete())
		})
	}
}

// The slow way of bounding calls serves modules that cannot be metered; it must hold as well.
func TestUnmeteredModuleHasADeadline(t *testing.T) {
	m, err := compileUnmetered(t, Options{CallLimit: 100 * time.Millisecond, CacheDir: cacheDir(t)})
	if err != nil {
		t.Fatal(err)
	}
	p, err := newVM(t, m).StartPlugin(PluginConfig{RootID: "root"})
	if err != nil {
		t.Fatal(err)
	}
	s, _, _, err := open(t, p, "headers")
	must(t, err)
	must(t, s.Delete())
	var trap *Trap
	if _, _, _, err := open(t, p, "loop"); !errors.As(err, &trap) || !trap.Late {
		t.Errorf("error %v", err)
	}
}

// compileUnmetered is Compile for a module that meter could not read.
func compileUnmetered(t *testing.T, o Options) (*Module, error) {
	m := &Module{options: o.withDefaults()}
	m.cache = openCache(&m.options)
	t.Cleanup(func() { must(t, m.Close(context.Background())) })
	return m, m.compile(t.Context(), vmtest.Build(t, "testdata/guest"))
}

// Shared data outlives VMs, and compare-and-swap loses no count between them.
func TestSharedDataBetweenVMs(t *testing.T) {
	shared := NewShared()
	m, _, _, _ := start(t, "", func(o *Options) { o.Shared = shared })
	if !shared.Set("test", "counter", make([]byte, 8), 0) {
		t.Fatal("the first set failed")
	}
	const vms, each = 3, 40
	var wg sync.WaitGroup
	for range vms {
		p, err := newVM(t, m).StartPlugin(PluginConfig{RootID: "root"})
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for range each {
				s, _, _, err := open(t, p, "count")
				must(t, err)
				must(t, s.Delete())
			}
		})
	}
	wg.Wait()
	value, _, _ := shared.Get("test", "counter")
	if got := int(value[0]) | int(value[1])<<8; got != vms*each {
		t.Errorf("counted %d, want %d", got, vms*each)
	}
	if _, _, ok := shared.Get("another", "counter"); ok {
		t.Error("another vm_id sees the data")
	}
}
