package strategy

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
	"github.com/routeiq/routeiq/plugins/inquiry"
	"github.com/routeiq/routeiq/plugins/routing"
)

// LLMJudge is "llmrouter-llmjudge", LLMRouter's llmjudgerouter: a language model is told that there are a small and a large model, and
// says which of them the request needs.
//
// When to use it: a small model beside the proxy that answers within a part of a second, and requests that are short.
//
// The request's words are the user's message, the prompt the system's. The answer is JSON, or has an object in it, whose "model" is
// exactly the text of small or of large. Where prompt and words together are more than budget_tokens, taking four characters for a
// token, nobody is asked and the large model is taken. It is taken too where there is no answer or none that can be read, so that
// otherwise and fallback_strategy hold only for requests without words.
//
// The default prompt:
//
//	Choose a model for the user's request: {small} for what is easy, {large} for what needs careful reasoning. If in doubt: {small}.
//	Do not answer the request. Reply with JSON alone: {"model":"{small}"} or {"model":"{large}"}
type LLMJudge struct {
	byAsking
	small, large string
	budget       int
}

var _ = register(asking{
	name: "llmrouter-llmjudge", seconds: 2, calls: 1, tokens: 64, slots: []string{"{small}", "{large}"},
	prompt: "Choose a model for the user's request: {small} for what is easy, {large} for what needs careful reasoning. If in doubt: {small}.\n" +
		`Do not answer the request. Reply with JSON alone: {"model":"{small}"} or {"model":"{large}"}`,
	own: slices.Concat(smallLargeParams, []routing.Param{
		whole("budget_tokens", 0, unbounded, 128, "of prompt and words together, from which on the large model is taken unasked; 0: any number"),
	}),
	rules: smallAndLarge, example: smallLargeExample,
	make: func(b byAsking, a abi.Args) routing.Strategy {
		return LLMJudge{b, a.Text("small"), a.Text("large"), int(a.Number("budget_tokens"))}
	},
}.kind())

var _ routing.Asking = LLMJudge{}

// Labels implements routing.Asking.
func (s LLMJudge) Labels([]*abi.Deployment) []string { return []string{s.small, s.large} }

// charactersPerToken is how long LLMRouter's routers take a token to be.
const charactersPerToken = 4

func (s LLMJudge) system() string {
	return strings.NewReplacer("{small}", s.small, "{large}", s.large).Replace(s.prompt)
}

// tooLong tells whether the large model is taken unasked.
func (s LLMJudge) tooLong(query string) bool {
	return s.budget > 0 && (utf8.RuneCountInString(s.system())+utf8.RuneCountInString(query))/charactersPerToken > s.budget
}

// Ask implements inquiry.Plan.
func (s LLMJudge) Ask(q *inquiry.Question, answers []string) (inquiry.Prompt, bool) {
	if s.tooLong(q.Query) {
		return inquiry.Prompt{}, false
	}
	return s.once(answers, inquiry.Prompt{Messages: []inquiry.Message{{Role: inquiry.System, Text: s.system()}, {Role: inquiry.User, Text: q.Query}}})
}

// Conclude implements inquiry.Plan.
func (s LLMJudge) Conclude(q *inquiry.Question, h *inquiry.Heard) ([]float64, abi.Abstains) {
	const small, large = 0, 1
	switch {
	case h.Failed == abi.AbstainsWords:
		return nil, h.Failed
	case h.Failed != "":
		return only(q, large), h.Failed
	case len(h.Answers) == 0:
		return only(q, large), ""
	}
	switch judgedModel(h.Answers[0]) {
	case s.small:
		return only(q, small), ""
	case s.large:
		return only(q, large), ""
	}
	return only(q, large), abi.AbstainsUnreadable
}

// judgedModel reads the model in an answer; "" where it names none.
func judgedModel(answer string) string {
	text := strings.TrimSpace(answer)
	if !jsontext.Valid([]byte(text)) {
		text = firstObject(text)
	}
	values, err := textMembers(text, []string{"model"}, "")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(values[0])
}
