package faults

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
	kit "github.com/routeiq/routeiq/abi/conformance"
	"github.com/routeiq/routeiq/abi/conformance/upstream"
	"github.com/routeiq/routeiq/envoy/envoytest"
	"github.com/routeiq/routeiq/envoy/faults/engine"
	"github.com/routeiq/routeiq/envoy/faults/engine/enginetest"
)

// envFault names the environment variable that holds a part of the names of the faults to try, for people who work on one.
const envFault = "ROUTEIQ_FAULT"

var update = flag.Bool("update", false, "write docs/failures.md instead of comparing it")

const (
	masterKey = "sk-matrix"
	crowd     = 64 // requests at a time
	workers   = 2
	// patience bounds one request; every deadline of the configuration is far shorter.
	patience = 30 * time.Second
)

func TestMain(m *testing.M) {
	code := m.Run()
	if err := envoytest.Cleanup(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// cell is one fault for one kind of request, in one engine.
type cell struct {
	*fault
	*want
	id     string // of its groups
	stream bool
}

// cells are those of the matrix.
func cells() []cell {
	var all []cell
	for i := range faults {
		f := &faults[i]
		for _, stream := range []bool{false, true} {
			w, kind := f.json, "json"
			if stream {
				w, kind = f.stream, "stream"
			}
			if f.both != nil {
				w = f.both
			}
			if w != nil && strings.Contains(f.name, os.Getenv(envFault)) {
				all = append(all, cell{f, w, fmt.Sprintf("f%d-%s", i, kind), stream})
			}
		}
	}
	return all
}

// The groups of a cell: one request is made of the first two, a crowd at once of the others.
var groups = []struct {
	suffix string
	pair   bool
	crowd  bool
}{{"-pair", true, false}, {"-alone", false, false}, {"-pair-crowd", true, true}, {"-alone-crowd", false, true}}

// world is the upstreams.
type world struct {
	good string
	urls []string // by fault
}

func newWorld(t *testing.T) *world {
	t.Helper()
	serve := func(start func(*upstream.Upstream) (*upstream.Server, error), script upstream.Script) string {
		u := upstream.New("u")
		u.Choose(func(upstream.Seen) upstream.Script { return script })
		s, err := start(u)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s.URL
	}
	w := &world{good: serve(upstream.Start, upstream.Script{})}
	for _, f := range faults {
		url := f.url
		switch {
		case f.deaf:
			url = deaf(t)
		case f.tls == "untrusted":
			url = serve(upstream.StartUntrusted, f.script)
		case url == "":
			url = serve(upstream.Start, f.script)
		}
		if f.tls == "plaintext" {
			url = "https" + strings.TrimPrefix(url, "http")
		}
		w.urls = append(w.urls, url)
	}
	return w
}

// config is the configuration: four groups a cell, so that no breaker is shared.
func (w *world) config() string {
	var b strings.Builder
	b.WriteString("general_settings: {master_key: " + masterKey + "}\nmodel_list:\n")
	deployment := func(c cell, group, id, url string, order int) {
		stall := stallDeadline
		if c.stall > 0 {
			stall = c.stall
		}
		fmt.Fprintf(&b, "  - model_name: %s\n    litellm_params: {model: openai/m, api_base: %q, api_key: key-u, order: %d, stall_timeout: %g, connect_timeout: %g}\n    model_info: {id: %s}\n",
			group, url+"/v1", order, stall.Seconds(), connectLimit.Seconds(), id)
	}
	fallbacks := map[string][]string{}
	for i := range faults {
		for _, c := range cells() {
			if c.fault != &faults[i] {
				continue
			}
			for _, g := range groups {
				group := c.id + g.suffix
				deployment(c, group, group+"-faulty", w.urls[i], 1)
				switch {
				case g.pair && c.fallbacks == "":
					deployment(c, group, group+"-good", w.good, 2)
				case g.pair:
					deployment(c, group+"-wide", group+"-good", w.good, 1)
					fallbacks[c.fallbacks] = append(fallbacks[c.fallbacks], fmt.Sprintf("{%s: [%s-wide]}", group, group))
				}
			}
		}
	}
	fmt.Fprintf(&b, "router_settings:\n  num_retries: 1\n  timeout: %g\n  stream_timeout: %g\n", wholeDeadline.Seconds(), firstDeadline.Seconds())
	for key, list := range fallbacks {
		fmt.Fprintf(&b, "  %s: [%s]\n", key, strings.Join(list, ", "))
	}
	// The pauses outlast the test. Without a budget every repeat is made: what a budget does is a scenario.
	b.WriteString("breaker: {open_seconds: 120, max_open_seconds: 120}\nretry: {budget_percent: 100}\n")
	return b.String()
}

// run is one engine under test.
type run struct {
	proxy  *engine.Proxy
	client *kit.Proxy
	log    *kit.Lines
}

func begin(t *testing.T, tools engine.Tools, kind engine.Kind, config string) *run {
	t.Helper()
	r := &run{log: kit.NewLines(engine.Decision)}
	proxy, err := tools.Start(t.Context(), kind, engine.Options{Config: config, Dir: t.TempDir(), Workers: workers, Stdout: r.log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := proxy.Stop(); err != nil {
			t.Error(err)
		}
	})
	r.proxy = proxy
	r.client = &kit.Proxy{URL: proxy.URL, Log: r.log}
	return r
}

// found is what a cell showed.
type found struct {
	// By the suffix of the group: a request by itself, and many at once. The single one of a crowd's group comes after it.
	single  map[string]seen
	crowd   map[string][]seen
	breaker breaker
}

// TestMatrix is the fault matrix.
func TestMatrix(t *testing.T) {
	w, tools := newWorld(t), enginetest.Tools(t)
	for _, kind := range engine.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel() // half of the time nothing happens: what is waited for is a deadline
			r := begin(t, tools, kind, w.config())
			results, err := r.all(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cells() {
				t.Run(c.title(), func(t *testing.T) { c.check(t, kind, results[c.id]) })
			}
		})
	}
}

func (c cell) title() string {
	if c.stream {
		return c.name + ", stream"
	}
	return c.name + ", JSON"
}

// all tries every cell: first one request of each, then the crowds, then one more of each of those.
func (r *run) all(ctx context.Context) (map[string]*found, error) {
	results := map[string]*found{}
	for _, c := range cells() {
		results[c.id] = &found{single: map[string]seen{}, crowd: map[string][]seen{}}
	}
	err := r.round(ctx, false, 1, results)
	alone, err2 := r.proxy.Breakers(ctx, masterKey)
	err = errors.Join(err, err2, r.round(ctx, true, crowd, results), r.round(ctx, true, 1, results))
	crowded, err2 := r.proxy.Breakers(ctx, masterKey)
	for _, c := range cells() {
		results[c.id].breaker = moved(c, alone, crowded)
	}
	return results, errors.Join(err, err2)
}

// Groups that are tried at the same time: few whose requests keep the machine busy, more whose requests wait, and many that are
// asked for one request alone. A deadline is to pass because of a fault, not because the machine has too much to do.
const (
	busyGroups    = 2
	waitingGroups = 10
	singleGroups  = 32
)

// round makes n requests at once of each group.
func (r *run) round(ctx context.Context, crowded bool, n int, results map[string]*found) error {
	var mu sync.Mutex
	var errs []error
	for _, waiting := range []bool{false, true} {
		places := make(chan struct{}, busyGroups)
		switch {
		case n == 1:
			places = make(chan struct{}, singleGroups)
		case waiting:
			places = make(chan struct{}, waitingGroups)
		}
		var all sync.WaitGroup
		for _, c := range cells() {
			if waiting != (c.after != [2]time.Duration{}) {
				continue
			}
			for _, g := range groups {
				if g.crowd != crowded {
					continue
				}
				all.Go(func() {
					places <- struct{}{}
					defer func() { <-places }()
					got, err := r.crowd(ctx, c, g.suffix, n)
					mu.Lock()
					defer mu.Unlock()
					switch f := results[c.id]; {
					case err != nil:
						errs = append(errs, fmt.Errorf("%s%s: %w", c.title(), g.suffix, err))
					case n == 1:
						f.single[g.suffix] = got[0]
					default:
						f.crowd[g.suffix] = got
					}
				})
			}
		}
		all.Wait()
	}
	return errors.Join(errs...)
}

// moved says what the failures of a cell were for the faulty deployment's breaker.
func moved(c cell, alone, crowded map[string]string) breaker {
	kind := map[string]breaker{}
	for _, g := range groups {
		states := alone
		if g.crowd {
			states = crowded
		}
		open := states[c.id+g.suffix+"-faulty"] == "open"
		switch {
		case open && !g.crowd:
			kind[g.suffix] = opens
		case open:
			kind[g.suffix] = counts
		default:
			kind[g.suffix] = nothing
		}
	}
	switch {
	case kind["-pair"] == opens && kind["-alone"] == opens:
		return opens
	case kind["-pair"] == nothing && kind["-alone"] == nothing && kind["-pair-crowd"] == kind["-alone-crowd"]:
		return kind["-pair-crowd"]
	}
	return breaker(fmt.Sprint("differs: ", kind))
}

// crowd makes n requests of a cell at the same time.
func (r *run) crowd(ctx context.Context, c cell, suffix string, n int) ([]seen, error) {
	group := c.id + suffix
	all, errs := make([]seen, n), make([]error, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() { all[i], errs[i] = r.once(ctx, c, group, fmt.Sprintf("%s-%d-%d", group, n, i)) })
	}
	wait.Wait()
	return all, errors.Join(slices.Compact(errs)...)
}

func (r *run) once(ctx context.Context, c cell, group, id string) (seen, error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	body := fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":"Say hello."}]`, group)
	if c.stream {
		body += `,"stream":true`
	}
	began := time.Now()
	a, err := r.client.Do(ctx, &kit.Call{
		ID: id, Method: "POST", Path: abi.APIChat.Path(), Body: []byte(body + "}"), Leaves: -1,
		Header: [][2]string{{"authorization", "Bearer " + masterKey}, {"content-type", "application/json"}},
	})
	if err != nil {
		return seen{}, err
	}
	took := time.Since(began)
	line, err := r.client.Line(ctx, id)
	if err != nil {
		return seen{}, err
	}
	got, err := look(a, line, group)
	got.took = took
	return got, err
}
