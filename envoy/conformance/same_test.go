package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
	kit "github.com/routeiq/routeiq/abi/conformance"
	"github.com/routeiq/routeiq/envoy/envoytest"
	"github.com/routeiq/routeiq/host"
	core "github.com/routeiq/routeiq/plugins/conformance"
)

// How large the proof is: of each strategy, through each engine.
const (
	sameRequests = 5000
	sameWorkers  = 4
	sameClients  = 16
	sameWithin   = 3 * time.Minute
)

// TestSameDecisions sends random requests over a random configuration, with deployments that fail at random, through Envoy
// and through the host. The plain core makes every logged decision again; and where no breaker and no turn had a say,
// the two engines must have decided the same for the same request.
func TestSameDecisions(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	for seed, strategy := range []string{"simple-shuffle", "round-robin"} {
		t.Run(strategy, func(t *testing.T) {
			w := newWild(t, strategy, uint64(seed)+1)
			setup := kit.Setup{Config: w.config, Workers: sameWorkers}
			proxy, err := engine{t}.Load(setup)
			if err != nil {
				t.Fatal(err)
			}
			inEnvoy := w.decisions(t, "envoy", proxy.(*session))
			if err := proxy.Close(); err != nil {
				t.Error(err)
			}
			inHost := w.decisions(t, "host", newHost(t, setup, cache))
			compare(t, strategy, inEnvoy, inHost)
		})
	}
}

// logged is an engine that listens and logs.
type logged interface {
	Address() string
	// decisions returns the lines of n requests once they are all logged.
	decisions(ctx context.Context, n int) (map[string][]byte, error)
	Replay(line []byte) error
	// metrics returns the engine's metrics, a line "NAME… VALUE" each.
	metrics(t *testing.T) []string
}

// metrics implements logged.
func (s *session) metrics(t *testing.T) []string {
	t.Helper()
	var all []string
	for name, value := range s.envoy.Stats(abi.MetricAttempts) {
		all = append(all, fmt.Sprintf("%s %d", name, value))
	}
	return all
}

// decisions implements logged.
func (s *session) decisions(ctx context.Context, n int) (map[string][]byte, error) {
	tick := time.NewTicker(logEvery)
	defer tick.Stop()
	for {
		if err := s.pull(); err != nil {
			return nil, err
		}
		all := s.Log.All()
		if len(all) >= n {
			return all, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("%d decisions are logged, expected %d: %w", len(all), n, ctx.Err())
		}
	}
}

// inProcess is the host in this process.
type inProcess struct {
	kit.Proxy
	admin http.Handler
}

// metrics implements logged.
func (p *inProcess) metrics(t *testing.T) []string {
	t.Helper()
	answer := httptest.NewRecorder()
	p.admin.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if answer.Code != http.StatusOK {
		t.Fatalf("/metrics: %d", answer.Code)
	}
	return strings.Split(answer.Body.String(), "\n")
}

// decisions implements logged.
func (p *inProcess) decisions(ctx context.Context, n int) (map[string][]byte, error) {
	err := p.Log.AwaitCount(ctx, n)
	return p.Log.All(), err
}

func newHost(t *testing.T, setup kit.Setup, cache string) *inProcess {
	t.Helper()
	compiled, err := core.Compile(setup.Config, setup.Env)
	if err != nil {
		t.Fatal(err)
	}
	wasm, err := os.ReadFile(envoytest.Module(t))
	if err != nil {
		t.Fatal(err)
	}
	p := &inProcess{}
	p.Log = kit.NewLines(func(line []byte) []byte {
		var l struct {
			Decision json.RawMessage `json:"decision"`
		}
		if json.Unmarshal(line, &l) != nil {
			return nil
		}
		return l.Decision
	})
	p.Again = func(line []byte) error { return core.Replay(&compiled.Config, line) }
	h, err := host.New(t.Context(), host.Options{
		Wasm: wasm, Concurrency: setup.Workers, DecisionLog: p.Log, CacheDir: cache,
		CallLimit: 30 * time.Second, // machines that run tests are often busy
	}, host.Config{Document: compiled.Config, Clusters: compiled.Clusters, Credentials: compiled.Credentials, CORS: compiled.CORS})
	if err != nil {
		t.Fatal(err)
	}
	server, err := h.Listen(host.ServerOptions{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(errors.Join(err, h.Close(t.Context())))
	}
	p.admin, p.URL = h.Admin(), "http://"+server.Address().String()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(server.Serve(ctx), h.Close(context.Background())) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return p
}

// decisions sends every request of w through an engine, has every logged decision made again, and returns them.
func (w *wild) decisions(t *testing.T, name string, e logged) map[string]*kit.Line {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), sameWithin)
	defer stop()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: sameClients, DisableCompression: true}}
	defer client.CloseIdleConnections()
	began := time.Now()
	var next atomic.Int64
	var all sync.WaitGroup
	for range sameClients {
		all.Go(func() {
			for i := next.Add(1) - 1; i < sameRequests; i = next.Add(1) - 1 {
				if err := send(ctx, client, e.Address(), &w.calls[i]); err != nil {
					t.Errorf("%s: request %s: %v", name, w.calls[i].ID, err)
					return
				}
			}
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
	lines, err := e.decisions(ctx, sameRequests)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	t.Logf("%s: %d requests in %v", name, sameRequests, time.Since(began).Round(time.Millisecond))
	parsed := map[string]*kit.Line{}
	for id, line := range lines {
		if err := e.Replay(line); err != nil {
			t.Errorf("%s: the plain core decides otherwise: %v: %s", name, err, line)
		}
		if parsed[id], err = kit.ParseLine(line); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	counted(t, name, parsed, e.metrics(t))
	return parsed
}

// label finds the labels of a metric of attempts, as Envoy and as Prometheus write them.
var label = regexp.MustCompile(`(deployment|class)[=.]"?([^;,"} .]+)`)

// counted makes sure that the metrics count exactly the attempts that were logged.
func counted(t *testing.T, name string, lines map[string]*kit.Line, metrics []string) {
	t.Helper()
	want, got := map[string]int{}, map[string]int{}
	for _, l := range lines {
		for _, a := range l.Attempts {
			if a.Class != "" {
				want[a.Deployment+" "+a.Class]++
			}
		}
	}
	for _, line := range metrics {
		if !strings.Contains(line, abi.MetricAttempts) || strings.HasPrefix(line, "#") {
			continue
		}
		labels := map[string]string{}
		for _, m := range label.FindAllStringSubmatch(line, -1) {
			labels[m[1]] = m[2]
		}
		n, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if err != nil {
			t.Fatalf("%s: the metric %q has no number", name, line)
		}
		got[labels["deployment"]+" "+labels["class"]] += int(n)
	}
	if !maps.Equal(got, want) {
		t.Errorf("%s: the metrics count\n%v\nthe log has\n%v", name, got, want)
	}
}

func send(ctx context.Context, client *http.Client, url string, c *kit.Call) error {
	request, err := http.NewRequestWithContext(ctx, c.Method, url+c.Path, bytes.NewReader(c.Body))
	if err != nil {
		return err
	}
	request.Header.Set("x-request-id", c.ID)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if got := response.Header.Get("x-request-id"); got != c.ID {
		return fmt.Errorf("the answer's id is %q", got)
	}
	return nil
}

// compare compares the engines, and makes sure that the run had in it what it is about.
func compare(t *testing.T, strategy string, a, b map[string]*kit.Line) {
	t.Helper()
	same, refused, probes, open := 0, 0, 0, 0
	seen := map[string]bool{} // what else had a say
	for id, x := range a {
		y := b[id]
		if y == nil {
			t.Errorf("request %s is in one log only", id)
			continue
		}
		for _, l := range []*kit.Line{x, y} {
			if l.Refused != "" {
				refused++
			}
			for _, o := range l.LeftOut {
				if o.Reason == "breaker_open" {
					open++
				}
				seen[o.Reason] = true
			}
			for _, m := range l.Attempts {
				if m.Probe {
					probes++
				}
				seen["only "+m.Only] = true
				if m.Forced {
					seen["forced"] = true
				}
			}
		}
		if moved(x) || moved(y) || x.Turn != y.Turn {
			continue // what was remembered differs, so may what was decided
		}
		same++
		if !reflect.DeepEqual(plan(x), plan(y)) {
			t.Errorf("request %s: Envoy decided\n%v\nthe host\n%v", id, plan(x), plan(y))
		}
	}
	t.Logf("%s: %d decisions alike without a breaker's say, %d refused, %d probes, %d times a breaker was open", strategy, same, refused, probes, open)
	if strategy == "simple-shuffle" && same < sameRequests/4 {
		t.Errorf("only %d of %d requests could be compared", same, sameRequests)
	}
	if refused == 0 || probes == 0 || open == 0 {
		t.Error("the run had no refusals, or no breaker moved in it: it proves too little")
	}
	for _, what := range []string{"rate_limited", "rpm", "max_parallel_requests", "only context_window", "forced"} {
		if !seen[what] {
			t.Errorf("in the run nothing was %s: it proves too little", what)
		}
	}
}

// moved tells whether something that was remembered had a say: a breaker, a limit, the retry budget.
func moved(l *kit.Line) bool {
	for _, o := range l.LeftOut {
		switch abi.Reason(o.Reason) {
		case abi.ReasonOpen, abi.ReasonRateLimited, abi.ReasonProbing, abi.ReasonRPM, abi.ReasonTPM, abi.ReasonParallel:
			return true
		}
	}
	for _, a := range l.Attempts {
		if a.Probe || a.Forced {
			return true
		}
	}
	return l.Spent
}

// plan is what was decided, without what became of it.
func plan(l *kit.Line) []string {
	all := []string{l.Group, l.Strategy, l.Refused, l.Pinned, fmt.Sprint(l.InputTokens), fmt.Sprint(l.Needs)}
	for _, a := range l.Attempts {
		all = append(all, a.Deployment+" "+a.Group+" "+a.UpstreamModel+" "+a.Only)
	}
	for _, o := range l.LeftOut {
		all = append(all, o.Deployment+" "+o.Reason)
	}
	return all
}
