package routing

import (
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/store"
)

// play makes the attempts of a request: each word is the class an attempt ends with. It returns the deployments that were
// asked, in order. "lost" is an attempt whose connection fails: nothing is told of it, the planned one follows.
func play(t *testing.T, r *Router, q *abi.Request, classes string) (asked string, events []breaker.Event) {
	t.Helper()
	run := r.Begin(q)
	outcomes := make([]abi.Outcome, len(run.Decision.Attempts))
	var names []string
	for _, class := range strings.Fields(classes) {
		i, a := run.Advance(q.NowMS)
		if a == nil {
			names = append(names, "none")
			break
		}
		names = append(names, a.Deployment.ID)
		outcomes[i] = abi.Outcome{Deployment: a.Deployment.ID, Class: abi.Class(class)}
		if class == "lost" {
			outcomes[i].Class = abi.ClassConnect
			continue
		}
		if !run.Retry(abi.Class(class), q.NowMS) {
			run.Pass()
			break
		}
	}
	return strings.Join(names, " "), run.End(outcomes, q.NowMS)
}

func TestWhatFollows(t *testing.T) {
	policy := grp("policy", 1, "z", deployment("p1"), deployment("p2"), deployment("p3"))
	policy.RetriesByClass = []abi.ClassCount{{Class: abi.ClassTimeout, Count: 0}, {Class: abi.ClassRateLimited, Count: 2}, {Class: abi.ClassClientError, Count: 1}}
	special := grp("special", 1, "z", deployment("s1"), deployment("s2"))
	special.ContextFallbacks, special.ContentFallbacks = []string{"long", "longer"}, []string{"lax"}
	groups := []abi.ModelGroup{
		grp("two", 2, "z", deployment("a"), deployment("b")), grp("one", 3, "", deployment("c")), policy, special,
		grp("z", 0, "", deployment("z1")), grp("long", 0, "", deployment("l1")), grp("longer", 0, "", deployment("l2")), grp("lax", 0, "", deployment("x1")),
	}
	for _, c := range []struct{ model, classes, want string }{
		{"two", "ok", "a"},
		{"two", "server_error lost timeout malformed", "a b a z1"},
		{"two", "client_error ok", "a"},
		{"two", "cancelled ok", "a"},
		{"two", "auth auth auth", "a b z1"},    // another deployment has another key, and the same key fails again
		{"two", "not_found lost ok", "a b z1"}, // a lost connection changes nothing of that
		{"two", "context_window ok", "a z1"},   // its like would say the same; another group may not
		{"two", "content_policy ok", "a z1"},
		{"one", "server_error server_error server_error server_error ok", "c c c c"},
		{"one", "rate_limited ok", "c"},
		{"one", "auth ok", "c"},
		{"policy", "timeout ok", "p1 z1"},
		{"policy", "rate_limited rate_limited rate_limited ok", "p1 p2 p3 z1"},
		{"policy", "server_error server_error ok", "p1 p2 z1"},
		{"policy", "client_error client_error ok", "p1 p2"},
		{"special", "context_window ok", "s1 l1"},
		{"special", "context_window context_window ok", "s1 l1 l2"},
		{"special", "context_window server_error server_error ok", "s1 l1 l2"},
		{"special", "content_policy server_error ok", "s1 x1"},
		{"special", "server_error server_error server_error ok", "s1 s2 z1"}, // the special ones are for their class alone
		{"special", "lost lost lost ok", "s1 s2 z1 none"},
	} {
		if got, _ := play(t, compile(t, groups), request(c.model), c.classes); got != c.want {
			t.Errorf("%s: %s: asked %s, want %s", c.model, c.classes, got, c.want)
		}
	}
}

func TestTooLongBeforeTheCall(t *testing.T) {
	small := deployment("s")
	small.MaxInputTokens = 10
	g := grp("g", 1, "z", small)
	g.ContextFallbacks = []string{"long"}
	r := compile(t, []abi.ModelGroup{g, grp("long", 0, "", deployment("l")), grp("z", 0, "", deployment("z1"))})
	q := request("g")
	q.InputTokens = 11
	if got, want := summary(r.Route(q)), "l z1 -s:context_window"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	q.InputTokens = 10
	if got, want := summary(r.Route(q)), "s s z1 l/context_window"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhatAClientAsks(t *testing.T) {
	d := deployment("a")
	d.TimeoutMS, d.StreamTimeoutMS = 5000, 700
	r := compile(t, []abi.ModelGroup{grp("g", 2, "z", d), grp("z", 0, "", deployment("z1")), grp("y", 0, "", deployment("y1"))})
	none := 0
	q := request("g")
	q.Asked = abi.Asked{Retries: &none, Fallbacks: []string{"y"}, TimeoutMS: 9000, StreamTimeoutMS: 300}
	q.Stream = true
	run := r.Begin(q)
	if got := summary(run.Decision); got != "a y1" {
		t.Errorf("got %q", got)
	}
	if got := run.TimeoutMS(); got != 5000 {
		t.Errorf("more time than there is: %d ms", got)
	}
	if got := run.FirstEventMS(); got != 300 { // y1 states none
		t.Errorf("first event within %d ms", got)
	}
	q.Asked = abi.Asked{Fallbacks: []string{}, TimeoutMS: 100}
	run = r.Begin(q)
	if got := summary(run.Decision); got != "a a a" {
		t.Errorf("no fallbacks are wanted: %q", got)
	}
	if got := []int{run.TimeoutMS(), run.FirstEventMS()}; !slices.Equal(got, []int{100, 700}) {
		t.Errorf("deadlines %v", got)
	}
	q.Stream = false
	if got := run.FirstEventMS(); got != 0 {
		t.Errorf("an answer that is no stream: %d ms", got)
	}
}

func TestRetryBudget(t *testing.T) {
	r := compile(t, []abi.ModelGroup{grp("g", 3, "z", deployment("a"), deployment("b")), grp("z", 0, "", deployment("z1"))})
	r.config.Breaker.Enabled = false
	r.config.Retry = abi.RetryPolicy{BudgetPercent: 20, BudgetFloor: 3, MaxAttempts: 20}
	repeats := 0
	for i := range 100 {
		q := request("g")
		asked, _ := play(t, r, q, "lost lost lost lost lost")
		if n := len(strings.Fields(strings.TrimSuffix(asked, " none"))); n < 3 {
			t.Fatalf("request %d: %s: the first failover and the fallback are never counted", i, asked)
		} else {
			repeats += n - 3
		}
	}
	if repeats < 20 || repeats > 20+3+2 { // of the request that found it not spent yet
		t.Errorf("%d repeats for 100 requests", repeats)
	}
	q := request("g")
	q.NowMS += abi.BudgetWindowMS
	if asked, _ := play(t, r, q, "lost lost lost lost lost"); asked != "a b a b z1" {
		t.Errorf("after the window: %s", asked)
	}
}

func TestPause(t *testing.T) {
	g := grp("g", 2, "", deployment("a"), deployment("b"))
	g.RetryAfterMS = 1500
	r := compile(t, []abi.ModelGroup{g})
	run := r.Begin(request("g"))
	for i, want := range []int{0, 0, 1500} {
		got := run.PauseMS()
		if run.Advance(t0); got != want {
			t.Errorf("attempt %d: %d ms", i+1, got)
		}
	}
}

// failing is a strategy that fails.
type failing struct{}

func (failing) Pick(*abi.Request, []abi.Candidate) int { panic("no idea") }

func TestBeginPlain(t *testing.T) {
	g := grp("g", 1, "", deployment("a"), deployment("b"))
	g.Strategy.Name = "failing"
	c := &abi.Config{Groups: []abi.ModelGroup{g}, Breaker: abi.DefaultBreaker, Retry: abi.DefaultRetry}
	r, err := Compile(c, Registry{"failing": Fixed("failing", failing{}), abi.DefaultStrategy: Fixed(abi.DefaultStrategy, first{})}, NewMemory(&store.Map{}))
	if err != nil {
		t.Fatal(err)
	}
	run := r.BeginPlain(request("g"))
	if got := summary(run.Decision); got != "a b" || run.Decision.Strategy != "simple-shuffle; failed=failing" {
		t.Errorf("got %q by %q", got, run.Decision.Strategy)
	}
}
