package routing

import (
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/inquiry"
	"github.com/routeiq/routeiq/plugins/store"
)

// oracle asks once, and takes the deployment that is named.
type oracle struct{ terms inquiry.Terms }

func (o oracle) Terms() inquiry.Terms { return o.terms }

func (oracle) Labels(all []*abi.Deployment) (labels []string) {
	for _, d := range all {
		labels = append(labels, d.ID)
	}
	return labels
}

func (oracle) Places(labels []string, d *abi.Deployment) (places []int) {
	for i, label := range labels {
		if label == d.ID {
			places = append(places, i+1)
		}
	}
	return places
}

func (oracle) Ask(q *inquiry.Question, answers []string) (inquiry.Prompt, bool) {
	return inquiry.Prompt{Messages: []inquiry.Message{{Role: inquiry.User, Text: q.Query}}, MaxTokens: 1}, len(answers) == 0
}

func (oracle) Conclude(q *inquiry.Question, h *inquiry.Heard) ([]float64, abi.Abstains) {
	if h.Failed != "" {
		return nil, h.Failed
	}
	scores := make([]float64, len(q.Labels))
	for i, label := range q.Labels {
		if label == h.Answers[0] {
			scores[i] = 1
		}
	}
	return scores, ""
}

func (oracle) Pick(_ *abi.Request, candidates []abi.Candidate) int {
	for i := range candidates {
		if candidates[i].Signals.Score > 0 {
			return i
		}
	}
	return 0
}

// asking returns a router of the groups g, whose strategy is an oracle, and h.
func asking(t *testing.T, terms inquiry.Terms, change func(c *abi.Config)) (*Router, error) {
	t.Helper()
	g := grp("g", 0, "", deployment("a"), deployment("b"), deployment("c"))
	g.Strategy.Name = "oracle"
	h := grp("h", 0, "", deployment("d"))
	c := &abi.Config{
		Version: abi.ConfigVersion, Role: abi.RoleRouter, Groups: []abi.ModelGroup{g, h}, Breaker: abi.DefaultBreaker, Retry: abi.DefaultRetry,
		Judges: []abi.Judge{{ID: "d", Cluster: "j", Path: "/p", Model: "m"}},
	}
	if change != nil {
		change(c)
	}
	return Compile(c, Registry{"oracle": Fixed("oracle", oracle{terms}), "first": Fixed("first", first{})}, NewMemory(new(store.Map)))
}

var terms = inquiry.Terms{Judge: "d", DeadlineMS: 1000, MaxCalls: 1, View: "last_user"}

// judged asks about a request, and lets the judge answer.
func judged(r *Router, q *abi.Request, answer string) bool {
	i := r.Inquire(q, &abi.Prompt{Last: "what?"}, nil, nil)
	if i == nil {
		return false
	}
	for call := i.Next(q.NowMS); call != nil; call = i.Next(q.NowMS) {
		_, _ = i.Done(call, 200, []byte(`{"choices":[{"message":{"content":"`+answer+`"}}]}`), q.NowMS+5)
	}
	q.Verdict = i.Verdict(q.NowMS + 5)
	return true
}

func TestWhatIsAskedDecides(t *testing.T) {
	r, err := asking(t, terms, nil)
	if err != nil {
		t.Fatal(err)
	}
	if words, turns := r.Reads("g"); !words || turns {
		t.Errorf("it reads %v %v", words, turns)
	}
	q := request("g")
	if !judged(r, q, "c") {
		t.Fatal("nothing is asked")
	}
	d := r.Route(q)
	if got := d.Attempts[0].Deployment.ID; got != "c" || d.Inquiry.Judge != "d" || d.Inquiry.Calls != 1 || d.Inquiry.MS != 5 || d.Inquiry.Concluded != "c" {
		t.Errorf("got %s, %+v", got, d.Inquiry)
	}
	if len(d.Seen) != 3 || d.Seen[2].Signals.Score != 1 || d.Seen[2].Signals.Place != 3 {
		t.Errorf("%+v", d.Seen)
	}
	again := r.Again(&abi.Request{Model: "g", API: q.API, NowMS: q.NowMS, Seed: q.Seed}, d.Seen)
	if got := again.Attempts[0].Deployment.ID; got != "c" {
		t.Errorf("made again it is %s", got)
	}
}

// TestWhatIsNotAskedAbout: where there is nothing to choose nobody waits.
func TestWhatIsNotAskedAbout(t *testing.T) {
	stick := func(c *abi.Config) {
		c.Groups[0].Affinity = &abi.Affinity{Mode: abi.AffinityStick, TTLMS: 60_000}
	}
	for _, c := range []struct {
		name    string
		change  func(c *abi.Config)
		request func(q *abi.Request)
		want    bool
	}{
		{"a request", nil, func(*abi.Request) {}, true},
		{"one for a deployment", nil, func(q *abi.Request) { q.Model = "a" }, false},
		{"one that continues a response", nil, func(q *abi.Request) { q.Pinned = "a" }, false},
		{"one for another strategy", nil, func(q *abi.Request) { q.Model = "h" }, false},
		{"one for nothing", nil, func(q *abi.Request) { q.Model = "nothing" }, false},
		{"an API that nobody speaks", nil, func(q *abi.Request) { q.API = abi.APIEmbeddings }, false},
		{"a session that begins", stick, func(q *abi.Request) { q.Session = "s" }, true},
		{"one that goes on", stick, func(q *abi.Request) { q.Session, q.Continued, q.Sticky = "s", true, "b" }, false},
	} {
		r, err := asking(t, terms, c.change)
		if err != nil {
			t.Fatal(err)
		}
		q := request("g")
		c.request(q)
		if got := judged(r, q, "a"); got != c.want {
			t.Errorf("%s: asked is %v", c.name, got)
		}
	}
}

// TestAFallbackIsNotAskedAbout: what was concluded for one group says nothing of another.
func TestAFallbackIsNotAskedAbout(t *testing.T) {
	r, err := asking(t, terms, func(c *abi.Config) { c.Groups[1].Fallbacks = []string{"g"} })
	if err != nil {
		t.Fatal(err)
	}
	q := request("h")
	q.Verdict = &abi.Verdict{Group: "h", Scores: []float64{0, 0, 1}, Inquiry: abi.Inquiry{Judge: "d"}}
	d := r.Route(q)
	if got := d.Attempts[1].Deployment.ID; got != "a" || d.Inquiry.Judge != "" {
		t.Errorf("got %s, %+v", got, d.Inquiry)
	}
}

func TestCompileRefusesWhomNobodyCanAsk(t *testing.T) {
	for _, c := range []struct {
		terms inquiry.Terms
		want  string
	}{
		{inquiry.Terms{Judge: "x"}, `args.judge: names "x", which is no judge of the document`},
		{inquiry.Terms{Judge: "d", MaxUSD: 1}, "args.max_cost_usd: nobody says what d costs"},
	} {
		if _, err := asking(t, c.terms, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, expected %q", c.terms, err, c.want)
		}
	}
}

// TestWhatIsAskedIsSpent: a judge's provider may have a budget, too.
func TestWhatIsAskedIsSpent(t *testing.T) {
	r, err := asking(t, terms, func(c *abi.Config) {
		c.Budgets = []abi.Budget{{Provider: "openai", USD: 0.5, PeriodMS: 86_400_000}}
		d := &c.Groups[1].Deployments[0]
		d.Provider, d.Price = "openai", &abi.Price{Input: 1, Output: 1}
	})
	if err != nil {
		t.Fatal(err)
	}
	q := request("g")
	judged(r, q, "a")
	if q = request("h"); len(r.Route(q).Attempts) != 0 {
		t.Error("the budget is spent, and the deployment is taken")
	}
}
