package strategy

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/inquiry"
	"github.com/routeiq/routeiq/plugins/routing"
)

// LLMMultiRound is "llmrouter-llm-multiround", LLMRouter's llmmultiroundrouter: a language model splits the request into parts and names
// a model for each; the model that is named most is taken, of several the one that is named first.
//
// When to use it: requests of several parts that one kind of model is mostly good at, and models that can be described in a line
// (descriptions).
//
// The answer has a part a line, "part: model", cut at the line's first colon. Lines of fewer than three characters are passed over, and
// those with nothing before the colon; of one without a colon the whole line names the model. The model is the first label, in their
// order, whose name, or that of a deployment it means, stands there in whatever case; else the first of which a part between hyphens,
// dots and blanks does that is longer than two characters; else the first. An answer without parts means the first label, and so does no
// answer: otherwise and fallback_strategy hold only for requests without words.
//
// Where it differs: the original sends each part to its model and has the answers put together. A proxy sends a request to one model, as
// it is. The original's table of families, for names of models that nobody configured, is left out.
//
// The default prompt:
//
//	Split the request below into at most four parts that can be answered one by one; one that is simple is a single part.
//	For each part choose the model that answers it best. The models:
//	{descriptions}
//	Write a line for each part and nothing else: the part, a colon, the name of the model.
//	Request: {query}
type LLMMultiRound struct{ byAsking }

var _ = register(asking{
	name: "llmrouter-llm-multiround", seconds: 3, calls: 1, tokens: 512, slots: []string{slotQuery, slotModels, slotDescriptions},
	prompt: "Split the request below into at most four parts that can be answered one by one; one that is simple is a single part.\n" +
		"For each part choose the model that answers it best. The models:\n{descriptions}\n" +
		"Write a line for each part and nothing else: the part, a colon, the name of the model.\nRequest: {query}",
	own: labelParams, rules: func(a abi.Args) []error { return rowsWithValues("labels", a.Rows("labels")) },
	make: func(b byAsking, _ abi.Args) routing.Strategy { return LLMMultiRound{b} },
}.kind())

var _ routing.Asking = LLMMultiRound{}

// Ask implements inquiry.Plan.
func (s LLMMultiRound) Ask(q *inquiry.Question, answers []string) (inquiry.Prompt, bool) {
	return s.once(answers, inquiry.Prompt{Messages: user(s.filled(q)), TopP: 0.95})
}

// Conclude implements inquiry.Plan.
func (s LLMMultiRound) Conclude(q *inquiry.Question, h *inquiry.Heard) ([]float64, abi.Abstains) {
	switch {
	case h.Failed == abi.AbstainsWords:
		return nil, h.Failed
	case h.Failed != "":
		return only(q, 0), h.Failed
	}
	var votes []int
	for _, text := range routedParts(h.Answers[0]) {
		votes = append(votes, s.named(text, q.Labels))
	}
	if len(votes) == 0 {
		return only(q, 0), abi.AbstainsUnreadable
	}
	return tallied(votes, len(q.Labels)), ""
}

// routedParts returns what an answer says of each part's model.
func routedParts(answer string) (models []string) {
	for line := range strings.SplitSeq(strings.TrimSpace(answer), "\n") {
		if line = strings.TrimSpace(line); utf8.RuneCountInString(line) < 3 {
			continue
		}
		part, model, ok := strings.Cut(line, ":")
		switch {
		case !ok:
			models = append(models, line)
		case strings.TrimSpace(part) != "":
			models = append(models, model)
		}
	}
	return models
}

// named finds the label that a text names, by its place.
func (s LLMMultiRound) named(text string, labels []string) int {
	text = strings.ToLower(strings.TrimSpace(text))
	at := slices.IndexFunc(labels, func(label string) bool {
		return slices.ContainsFunc(s.namesOf(label), func(name string) bool { return strings.Contains(text, strings.ToLower(name)) })
	})
	if at >= 0 {
		return at
	}
	return max(slices.IndexFunc(labels, func(label string) bool {
		words := strings.Fields(strings.NewReplacer("-", " ", ".", " ").Replace(strings.ToLower(label)))
		return slices.ContainsFunc(words, func(word string) bool { return utf8.RuneCountInString(word) > 2 && strings.Contains(text, word) })
	}), 0)
}

// namesOf are a label and the deployments it means.
func (s byLabel) namesOf(label string) []string {
	names := []string{label}
	if row := abi.RowOf(s.labels, label); row != nil {
		names = append(names, row.Values...)
	}
	return names
}

// tallied scores labels by how often each is among votes; of two that are as often there the one that comes first is a little better.
func tallied(votes []int, labels int) []float64 {
	scores := make([]float64, labels)
	for i, at := range votes {
		if scores[at] == 0 {
			scores[at] = -float64(i) / float64(len(votes))
		}
		scores[at]++
	}
	return scores
}
