package strategy

import (
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/inquiry"
	"github.com/routeiq/routeiq/plugins/routing"
)

// CausalLLM is "llmrouter-causallm", LLMRouter's causallm_router: a language model, which may be fine-tuned for it, is told the names of
// the models and names the best for the request.
//
// When to use it: a model of your own that was trained to name others, behind a server with OpenAI's chat completions.
//
// Of the answer the first label, in their order, is taken whose name stands in it, in whatever case; else the first of which any part
// between hyphens does ("instruct" is in many answers); else the first label. An answer therefore always chooses, also one that names
// nobody. Answers are sampled at temperature 0.1, as the original's are, so that two of them may differ.
//
// Where it differs: the original completes a raw text, here the prompt is the user's message of a chat, with the chat template of the
// judge's server around it. Labels are those of the arguments, in their order, and not of a table of training data.
//
// The default prompt:
//
//	You route requests to language models. The models: {models}
//	Which of them answers the following request best, by what it is about and how hard it is?
//	Request: {query}
//	Reply with the name of the model alone.
type CausalLLM struct{ byAsking }

var _ = register(asking{
	name: "llmrouter-causallm", seconds: 2, calls: 1, tokens: 32, slots: []string{slotQuery, slotModels, slotDescriptions},
	prompt: "You route requests to language models. The models: {models}\n" +
		"Which of them answers the following request best, by what it is about and how hard it is?\n" +
		"Request: {query}\nReply with the name of the model alone.",
	own: labelParams, rules: func(a abi.Args) []error { return rowsWithValues("labels", a.Rows("labels")) },
	make: func(b byAsking, _ abi.Args) routing.Strategy { return CausalLLM{b} },
}.kind())

var _ routing.Asking = CausalLLM{}

// Ask implements inquiry.Plan.
func (s CausalLLM) Ask(q *inquiry.Question, answers []string) (inquiry.Prompt, bool) {
	return s.once(answers, inquiry.Prompt{
		Messages: user(s.filled(q)), Temperature: 0.1, TopP: 0.95, Stop: []string{"\n", "Query:", "Available"},
	})
}

// Conclude implements inquiry.Plan.
func (s CausalLLM) Conclude(q *inquiry.Question, h *inquiry.Heard) ([]float64, abi.Abstains) {
	if h.Failed != "" {
		return nil, h.Failed
	}
	return only(q, causalName(h.Answers[0], q.Labels)), ""
}

// causalName finds the label that an answer names, by its place.
func causalName(answer string, labels []string) int {
	answer = strings.ToLower(strings.TrimSpace(answer))
	at := slices.IndexFunc(labels, func(label string) bool { return strings.Contains(answer, strings.ToLower(label)) })
	if at < 0 {
		at = slices.IndexFunc(labels, func(label string) bool {
			return slices.ContainsFunc(strings.Split(label, "-"), func(part string) bool { return strings.Contains(answer, strings.ToLower(part)) })
		})
	}
	return max(at, 0)
}
