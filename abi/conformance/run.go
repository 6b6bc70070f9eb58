package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/routeiq/routeiq/abi/conformance/upstream"
)

// EnvScenario names the environment variable that holds the one scenario to run, for people who work on it.
const EnvScenario = "ROUTEIQ_SCENARIO"

// Options says how to run the scenarios.
type Options struct {
	Workers  int      // of the engine; 0 where it has none
	Join     bool     // scenarios share an engine where they can: for engines that start slowly
	Offline  bool     // the engine does not use the network: upstreams get addresses that nobody listens on
	Together int      // how many scenarios run at a time
	Only     []string // the scenarios whose names begin with one of these; nil: all
}

// Run plays every scenario of testdata/scenarios on an engine, as subtests.
func Run(t *testing.T, e Engine, o Options) {
	dir := filepath.Join(Root(t), "testdata", "scenarios")
	scenarios, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	exceptions, err := ReadExceptions(filepath.Join(dir, "exceptions.txt"), scenarios)
	if err != nil {
		t.Fatal(err)
	}
	joined, err := ReadJoined(filepath.Join(dir, "joined.txt"), scenarios)
	if err != nil {
		t.Fatal(err)
	}
	if o.Only != nil {
		scenarios = slices.DeleteFunc(scenarios, func(s *Scenario) bool {
			return !slices.ContainsFunc(o.Only, func(prefix string) bool { return strings.HasPrefix(s.Name, prefix) })
		})
	}
	if only := os.Getenv(EnvScenario); only != "" {
		scenarios = named(scenarios, only)
		if len(scenarios) == 0 {
			t.Fatalf("%s is %q: there is no such scenario", EnvScenario, only)
		}
	}
	var packs []*pack
	if o.Join {
		if packs, err = join(scenarios, joined); err != nil {
			t.Fatal(err)
		}
	} else {
		for _, s := range scenarios {
			packs = append(packs, single(s))
		}
	}
	found := runPacks(t.Context(), e, o, packs)
	for _, s := range scenarios {
		t.Run(s.Name, func(t *testing.T) {
			report(t, s, e, found[s], exceptions[[2]string{s.Name, e.Name()}])
		})
	}
}

// Play plays one scenario on an engine of its own and returns everything that was not as expected.
func Play(ctx context.Context, e Engine, s *Scenario, o Options) []error {
	return single(s).run(ctx, e, o)[s]
}

func report(t *testing.T, s *Scenario, e Engine, errs []error, exception string) {
	switch {
	case exception != "" && len(errs) == 0:
		t.Errorf("the scenario passes on %s: remove its line from exceptions.txt (%s)", e.Name(), exception)
	case exception != "":
		t.Logf("known to fail: %s: %v", exception, errors.Join(errs...))
	case len(errs) > 0:
		t.Errorf("%s\n%v", s.Says, errors.Join(errs...))
	}
}

func named(scenarios []*Scenario, name string) []*Scenario {
	for _, s := range scenarios {
		if s.Name == name {
			return []*Scenario{s}
		}
	}
	return nil
}

// runPacks runs packs side by side. Those with a slow scenario come first, so that nobody waits for them at the end.
func runPacks(ctx context.Context, e Engine, o Options, packs []*pack) map[*Scenario][]error {
	var mu sync.Mutex
	var all sync.WaitGroup
	found := map[*Scenario][]error{}
	for _, p := range packs {
		for _, s := range p.scenarios { // an engine's Load may end its goroutine, as t.Fatal does
			found[s] = []error{errors.New("the scenario did not finish")}
		}
	}
	places := make(chan struct{}, max(o.Together, 1))
	for _, slow := range []bool{true, false} {
		for _, p := range packs {
			if p.slow() != slow {
				continue
			}
			all.Go(func() {
				if !slow { // who waits for a clock needs no place
					places <- struct{}{}
					defer func() { <-places }()
				}
				errs := p.run(ctx, e, o)
				mu.Lock()
				defer mu.Unlock()
				for s, err := range errs {
					found[s] = err
				}
			})
		}
	}
	all.Wait()
	return found
}

func (p *pack) slow() bool {
	for _, s := range p.scenarios {
		if s.Slow {
			return true
		}
	}
	return false
}

// run starts the engine and plays the scenarios of a pack on it, all at the same time: each has its own upstreams, and
// most of their time is waiting.
func (p *pack) run(ctx context.Context, e Engine, o Options) map[*Scenario][]error {
	found := map[*Scenario][]error{}
	fail := func(err error) map[*Scenario][]error {
		for _, s := range p.scenarios {
			found[s] = append(found[s], err)
		}
		return found
	}
	w, err := p.build(o)
	if err != nil {
		return fail(err)
	}
	session, err := e.Load(Setup{Config: w.config, Env: p.env, Workers: o.Workers, Upstreams: w.byAddress})
	if err != nil {
		return fail(errors.Join(fmt.Errorf("%s did not start: %w", e.Name(), err), w.close()))
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, s := range p.scenarios {
		all.Go(func() {
			errs := s.play(ctx, session, w.byScenario[s.Name])
			mu.Lock()
			defer mu.Unlock()
			found[s] = errs
		})
	}
	all.Wait()
	if err := errors.Join(session.Close(), w.close()); err != nil {
		return fail(err)
	}
	return found
}

// world is the upstreams of a pack.
type world struct {
	config     []byte // with their addresses
	byAddress  map[string]*upstream.Upstream
	byScenario map[string]upstreams
	servers    []*upstream.Server
}

// letter is where an upstream's address goes in a configuration; marked is the same once its scenario is known.
var (
	letter = regexp.MustCompile(`\{\{([a-z])\}\}`)
	marked = regexp.MustCompile(`\{\{([^/{}]+)/([a-z])\}\}`)
)

// build makes the upstreams that a pack's configuration names.
func (p *pack) build(o Options) (*world, error) {
	w := &world{byAddress: map[string]*upstream.Upstream{}, byScenario: map[string]upstreams{}}
	for _, s := range p.scenarios {
		w.byScenario[s.Name] = upstreams{}
	}
	urls := map[string]string{}
	for _, m := range marked.FindAllSubmatch(p.config, -1) {
		place, name, letter := string(m[0]), string(m[1]), string(m[2])
		if urls[place] != "" {
			continue
		}
		u := upstream.New(letter)
		w.byScenario[name][letter] = u
		urls[place] = "http://" + strings.ToLower(name) + "-" + letter + ".invalid:80"
		if !o.Offline {
			server, err := upstream.Start(u)
			if err != nil {
				return nil, errors.Join(err, w.close())
			}
			w.servers = append(w.servers, server)
			urls[place] = server.URL
		}
		w.byAddress[strings.TrimPrefix(urls[place], "http://")] = u
	}
	w.config = marked.ReplaceAllFunc(p.config, func(place []byte) []byte { return []byte(urls[string(place)]) })
	for name, url := range map[string]func(*world) (string, error){
		"{{refused}}":      func(*world) (string, error) { return Refused, nil },
		"{{unresolvable}}": func(*world) (string, error) { return Unresolvable, nil },
		"{{untrusted}}":    func(w *world) (string, error) { return w.tls(upstream.StartUntrusted, o) },
		"{{plaintext}}":    func(w *world) (string, error) { return w.tls(upstream.Start, o) },
	} {
		if !bytes.Contains(w.config, []byte(name)) {
			continue
		}
		address, err := url(w)
		if err != nil {
			return nil, errors.Join(err, w.close())
		}
		w.config = bytes.ReplaceAll(w.config, []byte(name), []byte(address))
	}
	return w, nil
}

// Addresses where no provider is.
const (
	Refused      = "http://127.0.0.1:1" // tcpmux: nobody listens there
	Unresolvable = "http://no-such-host.invalid:1"
)

// tls makes an upstream with which no TLS connection comes about, and returns its https address.
func (w *world) tls(start func(*upstream.Upstream) (*upstream.Server, error), o Options) (string, error) {
	if o.Offline {
		return "https://no-tls.invalid:443", nil
	}
	server, err := start(upstream.New("tls"))
	if err != nil {
		return "", err
	}
	w.servers = append(w.servers, server)
	_, address, _ := strings.Cut(server.URL, "://")
	return "https://" + address, nil
}

func (w *world) close() error {
	var errs []error
	for _, s := range w.servers {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// Root returns the repository's root: the folder with go.mod above the test's.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test's folder; run the tests from the repository")
		}
		dir = up
	}
}
