package strategy

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/inquiry"
	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/view"
)

// byAsking is what strategies have in common that ask a language model before they choose.
type byAsking struct {
	byLabel
	terms        inquiry.Terms
	prompt       string
	maxTokens    int
	descriptions []abi.Row
}

// askingParams are the arguments of every strategy that asks.
var askingParams = []routing.Param{
	{Name: "judge", Type: routing.Asked, Required: true, About: "the language model that is asked: of the same configuration, not of the group itself, and with OpenAI's chat completions"},
	number("max_cost_usd", 0, unbounded, 0, "what one request's calls may cost, in USD, for which the judge's price must be known; 0: any"),
	text("otherwise", "the deployment (id, upstream model or provider/model) that is taken where there is no answer to go by; none: fallback_strategy chooses"),
	text("fallback_strategy", "a strategy that chooses where there is no answer to go by, with its default arguments; none: simple-shuffle"),
}

// asking describes a strategy that asks.
type asking struct {
	name    string
	prompt  string // the default
	slots   []string
	seconds float64
	calls   int
	least   int // calls that it cannot do with less than
	tokens  float64
	own     []routing.Param
	rules   func(a abi.Args) []error
	example abi.Args
	make    func(byAsking, abi.Args) routing.Strategy
}

// kind makes a kind of it.
func (s asking) kind() *routing.Kind {
	params := slices.Concat(askingParams, []routing.Param{
		number("deadline_seconds", 0.01, abi.MaxJudgeMS/1000, s.seconds, "how long a request waits for all its calls together"),
		whole("max_calls", 1, abi.MaxJudgeCalls, float64(s.calls), "how many calls a request may make"),
		whole("max_tokens", 1, 4096, s.tokens, "of an answer"),
		text("query_view", "which words of the request are asked about", view.LastUser, view.LastUser500, view.AllText, view.FullContext, view.Retrieval),
		text("prompt", "what is asked, with "+strings.Join(s.slots, ", ")+" where these are to stand; none: the default, above"),
	}, s.own)
	return &routing.Kind{
		Name: s.name, Params: params, Rules: s.check, Example: append(abi.Args{{Name: "judge", Text: "example"}}, s.example...),
		New: func(a abi.Args) routing.Strategy { return s.make(s.base(a), a) },
	}
}

func (s asking) base(a abi.Args) byAsking {
	b := byAsking{byLabel: byLabelOf(a), prompt: a.Text("prompt"), maxTokens: int(a.Number("max_tokens")), descriptions: a.Rows("descriptions")}
	if b.prompt == "" {
		b.prompt = s.prompt
	}
	b.terms = inquiry.Terms{
		Judge: a.Text("judge"), DeadlineMS: int64(a.Number("deadline_seconds") * 1000), MaxCalls: int(a.Number("max_calls")),
		MaxUSD: a.Number("max_cost_usd"), View: a.Text("query_view"),
	}
	return b
}

func (s asking) check(a abi.Args) []error {
	errs := labelRules(s.name, a)
	if slices.Contains(s.slots, slotQuery) {
		errs = append(errs, lacksSlot(a, "prompt", slotQuery)...)
	}
	if calls := int(a.Number("max_calls")); calls < s.least {
		errs = append(errs, errors.New("max_calls: is "+strconv.Itoa(calls)+", "+s.name+" makes "+strconv.Itoa(s.least)))
	}
	if s.rules != nil {
		errs = append(errs, s.rules(a)...)
	}
	return errs
}

// Terms implements routing.Asking.
func (s byAsking) Terms() inquiry.Terms { return s.terms }

// Labels implements routing.Asking: those that are named, else the deployments' upstream models.
func (s byAsking) Labels(deployments []*abi.Deployment) (labels []string) {
	for _, row := range s.labels {
		labels = append(labels, row.Key)
	}
	if len(labels) > 0 {
		return labels
	}
	for _, d := range deployments {
		if !slices.Contains(labels, d.Model) {
			labels = append(labels, d.Model)
		}
	}
	return labels
}

// only scores one label, by its place counted from 0, above all others.
func only(q *inquiry.Question, at int) []float64 {
	scores := make([]float64, len(q.Labels))
	scores[at] = 1
	return scores
}
