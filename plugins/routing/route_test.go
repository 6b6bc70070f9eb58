package routing

import (
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/store"
)

const t0 = int64(1_700_000_000_000)

// first prefers the candidate with the lowest id: what a test expects can be read off.
type first struct{}

func (first) Pick(*abi.Request, []abi.Candidate) int { return 0 }

func deployment(id string, apis ...abi.API) abi.Deployment {
	d := abi.Deployment{ID: id, Provider: "openai", Model: "up-" + id, Cluster: "c-" + id}
	if len(apis) == 0 {
		apis = []abi.API{abi.APIChat}
	}
	for _, a := range apis {
		d.Paths = append(d.Paths, abi.APIPath{API: a, Path: a.Path()})
	}
	return d
}

func grp(name string, retries int, fallbacks string, deployments ...abi.Deployment) abi.ModelGroup {
	g := abi.ModelGroup{Name: name, Strategy: abi.StrategyRef{Name: "first"}, Retries: retries, Deployments: deployments, WhenAllOpen: abi.WhenAllOpenRefuse}
	if fallbacks != "" {
		g.Fallbacks = strings.Split(fallbacks, " ")
	}
	return g
}

func compile(t *testing.T, groups []abi.ModelGroup, aliases ...abi.Alias) *Router {
	t.Helper()
	c := &abi.Config{
		Version: abi.ConfigVersion, Role: abi.RoleRouter, Groups: groups, Aliases: aliases,
		Limits: abi.Limits{MaxBodyBytes: 1}, Breaker: abi.DefaultBreaker, Retry: abi.DefaultRetry, OnError: abi.OnErrorDeny,
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	r, err := Compile(c, Registry{"first": Fixed("first", first{})}, NewMemory(&store.Map{}))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func request(model string) *abi.Request {
	return &abi.Request{ID: "r", NowMS: t0, Seed: 1, API: abi.APIChat, Model: model}
}

// summary writes a decision as "a b | b:open" or "404 model_not_found".
func summary(d abi.Decision) string {
	if d.Refusal != nil {
		return strings.TrimSpace(itoa(d.Refusal.Status) + " " + d.Refusal.Code)
	}
	var b strings.Builder
	for _, a := range d.Attempts {
		b.WriteString(a.Deployment.ID)
		if a.Probe {
			b.WriteByte('?')
		}
		if a.Forced {
			b.WriteByte('!')
		}
		if a.Only != "" {
			b.WriteString("/" + string(a.Only))
		}
		b.WriteByte(' ')
	}
	for _, l := range d.LeftOut {
		b.WriteString("-" + l.Deployment + ":" + string(l.Reason) + " ")
	}
	return strings.TrimSpace(b.String())
}

func itoa(n int) string {
	return string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
}

func TestAttemptsAndFallbacks(t *testing.T) {
	groups := []abi.ModelGroup{
		grp("one", 2, "", deployment("a")),
		grp("two", 1, "", deployment("c"), deployment("b")),
		grp("three", 5, "", deployment("d"), deployment("e")),
		grp("x", 0, "y z", deployment("x1")),
		grp("y", 0, "x z", deployment("y1")),
		grp("z", 0, "x y", deployment("z1")),
		grp("chained", 0, "x", deployment("k1")),
		grp("none", 0, "x", abi.Deployment{ID: "n1", Unconfigured: "KEY is not set"}),
	}
	r := compile(t, groups, abi.Alias{Name: "nick", Group: "two"})
	for _, c := range []struct{ model, want string }{
		{"one", "a a a"},           // retries of a single deployment
		{"two", "b c"},             // the order of the document decides nothing
		{"nick", "b c"},            // alias
		{"three", "d e d e d e"},   // all others before one again
		{"x", "x1 y1 z1"},          // groups that name each other: each once
		{"y", "y1 x1 z1"},          //
		{"chained", "k1 x1 y1 z1"}, // fallbacks of fallbacks
		{"none", "x1 y1 z1 -n1:unconfigured"},
		{"b", "b b"}, // a deployment by its id: it alone, with its group's retries
		{"x1", "x1"}, // … and without fallbacks
		{"up-a", "404 model_not_found"},
		{"", "404 model_not_found"},
	} {
		if got := summary(r.Route(request(c.model))); got != c.want {
			t.Errorf("%q: got %q, want %q", c.model, got, c.want)
		}
	}
}

func TestPatterns(t *testing.T) {
	star := func(id, provider, model string) abi.Deployment {
		d := deployment(id)
		d.Provider, d.Model = provider, model
		return d
	}
	r := compile(t, []abi.ModelGroup{
		grp("*", 0, "", star("any", "openai", "*")),
		grp("anthropic/*", 0, "", star("ant", "anthropic", "*")),
		grp("groq/llama-*", 0, "", star("groq", "groq", "llama-*")),
		grp("gpt-4o", 0, "", star("exact", "openai", "gpt-4o")),
	})
	for _, c := range []struct{ model, id, upstream string }{
		{"gpt-4o", "exact", "gpt-4o"},
		{"o3", "any", "o3"},
		{"openai/o3", "any", "o3"}, // a provider does not know its own prefix
		{"mistral/large", "any", "mistral/large"},
		{"anthropic/claude-x", "ant", "claude-x"},
		{"groq/llama-70b", "groq", "llama-70b"},
		{"groq/other", "any", "groq/other"},
	} {
		d := r.Route(request(c.model))
		if len(d.Attempts) != 1 || d.Attempts[0].Deployment.ID != c.id || d.Attempts[0].Model != c.upstream {
			t.Errorf("%s: got %s %+v", c.model, summary(d), d.Attempts)
		}
	}
}

func TestEligibility(t *testing.T) {
	small, blind, able := deployment("a-small"), deployment("b-blind"), deployment("c-able")
	small.MaxInputTokens = 100
	blind.Lacks = []string{abi.NeedVision}
	r := compile(t, []abi.ModelGroup{
		grp("g", 2, "", small, blind, able, deployment("d-other", abi.APIMessages)),
		grp("blind", 0, "", named("b2", blind)),
		grp("small", 0, "", named("s2", small)),
		grp("claude", 0, "", deployment("m", abi.APIMessages, abi.APIResponses)),
	})
	q := request("g")
	q.InputTokens, q.Needs = 101, []string{abi.NeedTools, abi.NeedVision}
	if got, want := summary(r.Route(q)), "c-able c-able c-able -d-other:api -a-small:context_window -b-blind:capability"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, c := range []struct {
		model, want string
		needs       []string
		tokens      int
	}{
		{"blind", "400 unsupported_capability", []string{abi.NeedVision}, 1},
		{"small", "400 context_length_exceeded", nil, 101},
		{"claude", "400 unsupported_api", nil, 1},
	} {
		q := request(c.model)
		q.Needs, q.InputTokens = c.needs, c.tokens
		d := r.Route(q)
		if got := summary(d); got != c.want {
			t.Errorf("%s: got %q, want %q", c.model, got, c.want)
		}
		if c.model == "claude" && !strings.Contains(d.Refusal.Message, "/v1/responses or /v1/messages") {
			t.Errorf("the refusal does not say which API can be called: %s", d.Refusal.Message)
		}
	}
}

func named(id string, d abi.Deployment) abi.Deployment { d.ID = id; return d }

func TestPinned(t *testing.T) {
	r := compile(t, []abi.ModelGroup{grp("g", 1, "h", deployment("a"), deployment("b")), grp("h", 0, "", deployment("z"))})
	q := request("g")
	q.Pinned = "b"
	if got, want := summary(r.Route(q)), "b b -a:pinned"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	q = request("")
	q.Pinned = "gone"
	if got, want := summary(r.Route(q)), "404 response_not_found"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOrderGoesFirst(t *testing.T) {
	low, high := deployment("z"), deployment("a")
	low.Order, high.Order = 1, 2
	r := compile(t, []abi.ModelGroup{grp("g", 1, "", high, low)})
	if got, want := summary(r.Route(request("g"))), "z a"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCompileRefusesUnknownStrategies(t *testing.T) {
	g := grp("g", 0, "", deployment("a"))
	g.Strategy.Name = "magic"
	_, err := Compile(&abi.Config{Groups: []abi.ModelGroup{g}}, nil, NewMemory(&store.Map{}))
	if err == nil || !strings.Contains(err.Error(), `groups[0].strategy.name: is "magic"`) {
		t.Errorf("got %v", err)
	}
}

func TestAmplificationIsBounded(t *testing.T) {
	r := compile(t, []abi.ModelGroup{grp("g", abi.MaxRetries, "", deployment("a"))})
	if n := len(r.Route(request("g")).Attempts); n != abi.DefaultRetry.MaxAttempts {
		t.Errorf("%d attempts", n)
	}
}

func TestEveryAPIHasAPlace(t *testing.T) {
	if len(abi.APIs) != apiCount {
		t.Errorf("there are %d APIs, and places for %d", len(abi.APIs), apiCount)
	}
}

// taken is a store in which the places of one deployment's probes are always gone when they are asked for.
type taken struct {
	store.Map
	refuse bool
}

func (s *taken) Swap(key string, value []byte, version uint32) bool {
	if s.refuse && key == abi.KeyCircuits {
		return false
	}
	return s.Map.Swap(key, value, version)
}

// TestAProbeThatAnotherWorkerTook: the choice is made as if it had been known from the start.
func TestAProbeThatAnotherWorkerTook(t *testing.T) {
	c := &abi.Config{Groups: []abi.ModelGroup{grp("g", 2, "", deployment("a"), deployment("b"), deployment("c"))}, Breaker: abi.DefaultBreaker, Retry: abi.DefaultRetry}
	s := &taken{}
	r, err := Compile(c, Registry{"first": Fixed("first", first{})}, NewMemory(s))
	if err != nil {
		t.Fatal(err)
	}
	s.Swap(abi.KeyCircuits, breaker.Table{{ID: "a", UntilMS: t0}}.Append(nil), 0)
	s.refuse = true
	if got, want := summary(r.Route(request("g"))), "b c b -a:breaker_probing"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
