package envoy

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/conformance/freeport"
	"github.com/routeiq/routeiq/envoy/envoytest"
	"github.com/routeiq/routeiq/plugins/litellm"
	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/publish/envoyconfig"
	"github.com/routeiq/routeiq/sync/publish/xds"
)

const reportToken = "planted-report-token"

// fleet is an agent as far as Envoys see it: xDS, and what takes reports. It records what it is told.
type fleet struct {
	t         *testing.T
	publisher *xds.Publisher
	options   xds.Options
	address   string // of xDS
	reports   *httptest.Server
	stop      func()

	mu    sync.Mutex
	told  []told
	heard []abi.Report
	odd   []string      // reports that were not as they should be
	more  chan struct{} // closed and replaced when something was recorded

	within time.Duration // what is awaited must come

	tls   *tls.Config           // of xDS and of what takes reports; nil: in clear
	files *envoyconfig.AgentTLS // what Envoys speak TLS with
}

// told is what the publisher said of a node.
type told struct {
	what, node, revision, reason string
	at                           time.Time
}

func (f *fleet) record(x told) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, x)
	close(f.more)
	f.more = make(chan struct{})
}

func (f *fleet) Sent(node string, _ publish.Kind, revision string, at time.Time) {
	f.record(told{"sent", node, revision, "", at})
}
func (f *fleet) Accepted(node, revision string, at time.Time) {
	f.record(told{"accepted", node, revision, "", at})
}
func (f *fleet) Refused(node, revision, reason string, at time.Time) {
	f.record(told{"refused", node, revision, reason, at})
}
func (f *fleet) Gone(node string, at time.Time)       { f.record(told{"gone", node, "", "", at}) }
func (f *fleet) Reported(r *abi.Report, at time.Time) {}

// ServeHTTP takes the modules' reports.
func (f *fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var got abi.Report
	err := json.NewDecoder(r.Body).Decode(&got)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil || r.URL.Path != abi.PathReport || r.Host != abi.AgentHostname || r.Header.Get("authorization") != "Bearer "+reportToken {
		f.odd = append(f.odd, fmt.Sprintf("%s %s %q: %v", r.Host, r.URL.Path, r.Header["Authorization"], err))
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	f.heard = append(f.heard, got)
	close(f.more)
	f.more = make(chan struct{})
	w.WriteHeader(http.StatusNoContent)
}

// await waits until enough says so of what was recorded.
func (f *fleet) await(what string, enough func() bool) {
	f.t.Helper()
	deadline := time.After(f.within)
	for {
		f.mu.Lock()
		ok, more := enough(), f.more
		f.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-more:
		case <-deadline:
			f.mu.Lock()
			defer f.mu.Unlock()
			f.t.Fatalf("%s did not come; told: %v; reports: %+v; odd reports: %q", what, f.told, f.heard[max(0, len(f.heard)-4):], f.odd)
		}
	}
}

// since returns the first thing of its kind that was said of a node and a revision after the n-th record.
func (f *fleet) since(n int, what, node, revision string) (told, bool) {
	for _, x := range f.told[n:] {
		if x.what == what && x.node == node && x.revision == revision {
			return x, true
		}
	}
	return told{}, false
}

func newFleet(t *testing.T, secure func(*fleet)) *fleet {
	t.Helper()
	f := &fleet{t: t, more: make(chan struct{}), within: 20 * time.Second}
	f.reports = httptest.NewUnstartedServer(f)
	if secure == nil {
		f.reports.Start()
	} else {
		secure(f)
		f.reports.TLS = f.tls.Clone()
		f.reports.StartTLS()
	}
	t.Cleanup(f.reports.Close)
	host, port, err := net.SplitHostPort(f.reports.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	f.options = xds.Options{
		Nodes: f, Listen: envoyconfig.Address{Host: "127.0.0.1"}, Module: envoyconfig.Module{File: envoytest.Module(t)},
		Agent:       envoyconfig.Agent{Host: host, Port: n, TLS: f.files, Token: abi.Secret{Value: reportToken}},
		ReportEvery: time.Second, Drain: 2 * time.Second,
	}
	f.address = fmt.Sprintf("127.0.0.1:%d", freeport.For(t))
	f.serve()
	t.Cleanup(func() { f.stop() })
	return f
}

// serve starts an agent, as new: nothing is remembered of one before it.
func (f *fleet) serve() {
	f.t.Helper()
	p, err := xds.New(f.options)
	if err != nil {
		f.t.Fatal(err)
	}
	l, err := net.Listen("tcp", f.address)
	if err != nil {
		f.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Serve(ctx, l, f.tls) }()
	f.publisher = p
	f.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			f.t.Error(err)
		}
	})
}

// publish compiles a configuration and publishes it.
func (f *fleet) publish(text string) string {
	f.t.Helper()
	p := compiled(f.t, text)
	f.put(p)
	return p.Revision
}

func compiled(t *testing.T, text string) *publish.Publication {
	t.Helper()
	c, err := litellm.Compile(litellm.Source{
		Path: "config.yaml", Read: func(string) ([]byte, error) { return []byte(text), nil }, Getenv: func(string) (string, bool) { return "", false },
	})
	if err != nil {
		t.Fatal(err)
	}
	return &publish.Publication{Revision: c.Config.Revision, Config: c.Config, Clusters: c.Clusters, Credentials: c.Credentials}
}

func (f *fleet) put(p *publish.Publication) {
	f.t.Helper()
	if err := f.publisher.Publish(context.Background(), p); err != nil {
		f.t.Fatal(err)
	}
}

// records tells how much was recorded.
func (f *fleet) records() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.told)
}

// taken publishes and waits until all nodes accepted.
func (f *fleet) taken(text string, nodes ...string) string {
	f.t.Helper()
	n := f.records()
	revision := f.publish(text)
	for _, node := range nodes {
		f.await(node+" to accept", func() bool { _, ok := f.since(n, "accepted", node, revision); return ok })
	}
	return revision
}

// start runs an Envoy that gets its configuration from the fleet; something must be published, or it waits.
func (f *fleet) start(node string, whole bool) *envoytest.Envoy {
	f.t.Helper()
	at, err := envoyconfig.ParseEndpoint(f.address)
	if err != nil {
		f.t.Fatal(err)
	}
	if f.tls != nil {
		at.Host = "localhost" // as the certificate says
	}
	text, err := (&envoyconfig.Ads{Agents: []envoyconfig.Address{at}, NodeID: node, Admin: envoyconfig.Address{Host: "127.0.0.1"}, TLS: f.files, StateOfTheWorld: whole}).File()
	if err != nil {
		f.t.Fatal(err)
	}
	return envoytest.Start(f.t, text, envoytest.Options{})
}

// configOf is a configuration of one group with deployments as they are listed: id, URL, key.
func configOf(strategy string, deployments ...[3]string) string {
	var s strings.Builder
	s.WriteString("model_list:\n")
	for _, d := range deployments {
		fmt.Fprintf(&s, "  - {model_name: chat, model_info: {id: %s}, litellm_params: {model: openai/m, api_base: \"%s/v1\", api_key: %s}}\n", d[0], d[1], d[2])
	}
	fmt.Fprintf(&s, "router_settings: {routing_strategy: %s, num_retries: 2}\n", strategy)
	return s.String()
}

// model is an upstream that answers at once, or as a stream that takes a while.
func model(t *testing.T) *upstream {
	return newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("x-slow") == "" {
			w.Header().Set("content-type", "application/json")
			_, _ = io.WriteString(w, completion)
			return
		}
		w.Header().Set("content-type", "text/event-stream")
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for i := range 15 {
			_, _ = fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%d\"}}]}\n\n", i)
			w.(http.Flusher).Flush()
			<-tick.C
		}
		_, _ = io.WriteString(w, "data: [DONE]\n\n")
	})
}

// askChat sends one request, slow and streamed or not.
func askChat(e *envoytest.Envoy, slow bool) (answer, error) {
	if slow {
		return post(e, "", `{"model":"chat","messages":[{"role":"user","content":"hi"}],"stream":true}`, "x-slow", "1", "content-type", "application/json")
	}
	return post(e, "", `{"model":"chat","messages":[{"role":"user","content":"hi"}]}`, "content-type", "application/json")
}

func listenerStats(e *envoytest.Envoy) map[string]int64 {
	return e.Stats(`^listener_manager\.(lds\.update_success|listener_modified|listener_added|listener_in_place_updated)$`)
}

// load keeps asking an Envoy, quickly and with streams that take a while, until it is stopped. It keeps what went wrong.
type load struct {
	stop  chan struct{}
	wg    sync.WaitGroup
	mu    sync.Mutex
	asked int
	slow  int
	wrong []string
	ids   map[string]string // of streams: request id -> revision it began with
}

// ended counts the streams that an Envoy logged, each of which must have ended on the revision it began with.
func (l *load) ended(t *testing.T, e *envoytest.Envoy) (n int) {
	t.Helper()
	for _, d := range envoytest.Decisions(t, e.AccessLog(1)) {
		var line struct {
			ID       string `json:"request_id"`
			Revision string `json:"revision"`
		}
		if err := json.Unmarshal(d, &line); err != nil {
			t.Fatal(err)
		}
		if began, ok := l.ids[line.ID]; ok {
			n++
			if began != line.Revision {
				t.Errorf("a stream began with %s and ended with %s", began, line.Revision)
			}
		}
	}
	return n
}

func startLoad(e *envoytest.Envoy, l *load) {
	for i := range 3 {
		l.wg.Go(func() {
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-l.stop:
					return
				case <-tick.C:
				}
				slow := i > 0
				got, err := askChat(e, slow)
				l.mu.Lock()
				l.asked++
				switch {
				case err != nil:
					l.wrong = append(l.wrong, err.Error())
				case got.status != 200 || slow && !strings.Contains(got.body, "[DONE]"):
					l.wrong = append(l.wrong, fmt.Sprintf("slow %v: %d %q %v", slow, got.status, got.body, got.header))
				case slow:
					l.slow++
					l.ids[got.header.Get("x-request-id")] = got.header.Get(abi.HeaderRevision)
				}
				l.mu.Unlock()
			}
		})
	}
}

// keys returns the keys that an upstream was shown.
func (u *upstream) keys() []string {
	var keys []string
	for _, r := range u.requests() {
		if k := strings.TrimPrefix(r.Header.Get("authorization"), "Bearer "); !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// TestXDS: two Envoys, one told of changes and one the state of the world, follow what is published while they serve: no
// request fails, no stream is cut, no key reaches another host than its own, and the listener is never touched.
func TestXDS(t *testing.T) {
	a, b, c := model(t), model(t), model(t)
	f := newFleet(t, nil)
	first := f.publish(configOf("simple-shuffle", [3]string{"a", a.URL, "sk-a"}))
	nodes := []string{"changes", "whole"}
	envoys := []*envoytest.Envoy{f.start("changes", false), f.start("whole", true)}
	for _, node := range nodes {
		f.await(node+" to accept", func() bool { _, ok := f.since(0, "accepted", node, first); return ok })
	}
	l := &load{stop: make(chan struct{}), ids: map[string]string{}}
	before := make([]map[string]int64, len(envoys))
	for i, e := range envoys {
		before[i] = listenerStats(e)
		startLoad(e, l)
	}
	// effect publishes, and waits until all answer by it.
	effect := func(what, text string) string {
		t.Helper()
		began := time.Now()
		revision := f.taken(text, nodes...)
		for i, e := range envoys {
			got, err := askChat(e, false)
			if err != nil || got.status != 200 || got.header.Get(abi.HeaderRevision) != revision {
				t.Errorf("%s: %s answered %d by %q, %v; expected revision %s", what, nodes[i], got.status, got.header.Get(abi.HeaderRevision), err, revision)
			}
			f.await(what+": a report of "+nodes[i], func() bool {
				return slices.ContainsFunc(f.heard, func(r abi.Report) bool { return r.Node == nodes[i] && r.Revision == revision })
			})
		}
		t.Logf("%s: all run %s after %s", what, revision, time.Since(began).Round(time.Millisecond))
		return revision
	}
	at := func(u *upstream, id, key string) [3]string { return [3]string{id, u.URL, key} }

	effect("a deployment is added", configOf("simple-shuffle", at(a, "a", "sk-a"), at(b, "b", "sk-b")))
	effect("a key is replaced", configOf("simple-shuffle", at(a, "a", "sk-a2"), at(b, "b", "sk-b")))
	effect("a deployment moves, with another key", configOf("simple-shuffle", at(c, "a", "sk-c"), at(b, "b", "sk-b")))
	effect("the strategy changes", configOf("round-robin", at(c, "a", "sk-c"), at(b, "b", "sk-b")))
	good := configOf("round-robin", at(c, "a", "sk-c"))
	last := effect("a deployment is removed", good)
	for i, e := range envoys {
		awaitStat(t, e, "cluster_manager.active_clusters", 5) // of a, of its key, the mock's, the agent's, and xDS's own
		if text := e.Admin("/clusters"); strings.Contains(text, "routeiq_b@") {
			t.Errorf("%s still has the cluster of b", nodes[i])
		}
	}

	t.Run("refused", func(t *testing.T) {
		n := f.records()
		bad := compiled(t, configOf("simple-shuffle", at(a, "a", "sk-a")))
		bad.Revision, bad.Config.Revision = "refused00000", "refused00000"
		bad.Config.Version = abi.ConfigVersion + 1
		f.put(bad)
		for i, node := range nodes {
			f.await(node+" to refuse", func() bool {
				x, ok := f.since(n, "refused", node, "refused00000")
				if ok && (x.reason == "" || strings.Contains(x.reason, "sk-")) {
					t.Errorf("%s says %q", node, x.reason)
				}
				return ok
			})
			got, err := askChat(envoys[i], false)
			if err != nil || got.status != 200 || got.header.Get(abi.HeaderRevision) != last {
				t.Errorf("%s: got %v, %v, expected an answer by %s", node, got, err, last)
			}
		}
		effect("the good one is back", good)
		refusals := 0
		f.mu.Lock()
		for _, x := range f.told[n:] {
			if x.what == "refused" {
				refusals++
			}
		}
		f.mu.Unlock()
		if refusals != len(nodes) {
			t.Errorf("%d refusals of one revision by %d Envoys: it is sent again and again", refusals, len(nodes))
		}
	})
	t.Run("the agent is started again", func(t *testing.T) {
		updates := func(e *envoytest.Envoy) map[string]int64 {
			return e.Stats(`(update_success|config_reload|update_rejected|listener_modified)$`)
		}
		for i, e := range envoys {
			awaitStat(t, e, "cluster_manager.active_clusters", 5) // what the refused one needed is gone
			if after := listenerStats(e); fmt.Sprint(after) != fmt.Sprint(before[i]) {
				t.Errorf("%s: the listener was touched: %v, was %v", nodes[i], after, before[i])
			}
		}
		was := updates(envoys[0])
		n := f.records()
		f.stop()
		for i, node := range nodes {
			f.await(node+" to be gone", func() bool { _, ok := f.since(n, "gone", node, ""); return ok })
			if got, err := askChat(envoys[i], false); err != nil || got.status != 200 {
				t.Errorf("%s: got %v, %v without an agent", node, got, err)
			}
		}
		f.serve()
		f.taken(good, nodes...)
		is := updates(envoys[0])
		for name, v := range is {
			// Envoy counts the empty answer that ends its first request of all clusters and of all listeners.
			if strings.HasSuffix(name, "config_reload") && v != was[name] {
				t.Errorf("%s went from %d to %d, though nothing had changed", name, was[name], v)
			}
		}
		effect("the agent publishes again", configOf("simple-shuffle", at(c, "a", "sk-c"), at(a, "a2", "sk-a")))
	})

	close(l.stop)
	l.wg.Wait()
	if len(l.wrong) > 0 || l.slow == 0 {
		t.Errorf("%d of %d requests failed: %q", len(l.wrong), l.asked, l.wrong[:min(5, len(l.wrong))])
	}
	t.Logf("%d requests, %d streams", l.asked, l.slow)
	for i, e := range envoys {
		// An Envoy that comes back is answered, though there is nothing new.
		if after := listenerStats(e); after["listener_manager.listener_modified"]+after["listener_manager.listener_in_place_updated"] != 0 {
			t.Errorf("%s: the listener was touched: %v, was %v", nodes[i], after, before[i])
		}
		ended := l.ended(t, e)
		if ended == 0 {
			t.Errorf("%s: the log tells of no stream", nodes[i])
		}
	}
	for u, keys := range map[*upstream]string{a: "[sk-a sk-a2]", b: "[sk-b]", c: "[sk-c]"} {
		if got := fmt.Sprint(u.keys()); got != keys {
			t.Errorf("an upstream was shown %s, expected %s", got, keys)
		}
	}
	if len(f.odd) > 0 {
		t.Errorf("reports that are not as they should be: %q", f.odd)
	}
}
