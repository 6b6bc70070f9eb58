package strategy

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/inquiry"
	"github.com/routeiq/routeiq/plugins/routing"
)

// KNNMultiRound is "llmrouter-knn-multiround", LLMRouter's knnmultiroundrouter: a language model splits the request into parts, and each
// is a vote for the label that most of the training queries nearest to it have; the label with most votes is taken, of several the one
// that an earlier part is for.
//
// When to use it: an artifact that llmrouter-knn does well with, and requests that ask for several things at once.
//
// The answer has a part a line; lines of fewer than three characters are passed over, and those behind the fourth part. Where there is no
// answer, or none with parts, the request is its own only part: the choice is that of llmrouter-knn. So otherwise and fallback_strategy
// hold only for requests without words or vectors, and where no label means a candidate.
//
// Where an encoder makes the artifact's vectors it is asked for one of each part, one after the other, each within its own timeout. A part
// without a vector has no vote; where none has one, the model is not followed (no_vector).
//
// Where it differs: the original sends each part to its model and has the answers put together. A proxy sends a request to one model, as
// it is. How many parts are voted by is bounded here, in the original by the prompt alone.
//
// The default prompt:
//
//	Split the request below into at most four parts that can be answered one by one; one that is simple is a single part.
//	Write a line for each part and nothing else, without numbers or bullets.
//	Request: {query}
type KNNMultiRound struct {
	byAsking
	artifact string
}

var _ = registerKNNMultiRound()

func registerKNNMultiRound() struct{} {
	k := asking{
		name: "llmrouter-knn-multiround", seconds: 3, calls: 1, tokens: 256, slots: []string{slotQuery},
		prompt: "Split the request below into at most four parts that can be answered one by one; one that is simple is a single part.\n" +
			"Write a line for each part and nothing else, without numbers or bullets.\nRequest: {query}",
		own: []routing.Param{
			artifactParam,
			rows("labels", "a label of the artifact and the deployments it means (id, upstream model or provider/model), where it is not one of these itself; an empty list: none"),
		},
		example: abi.Args{{Name: "artifact", Text: "example"}},
		make:    func(b byAsking, a abi.Args) routing.Strategy { return KNNMultiRound{b, a.Text("artifact")} },
	}.kind()
	k.Artifacts = []string{"knn"}
	k.Params = slices.DeleteFunc(k.Params, func(p routing.Param) bool { return p.Name == "query_view" }) // the artifact says
	return register(k)
}

var (
	_ routing.Asking  = KNNMultiRound{}
	_ routing.Trained = KNNMultiRound{}

	_ inquiry.Dividing = KNNMultiRound{}
)

// Artifact implements routing.Trained.
func (s KNNMultiRound) Artifact() string { return s.artifact }

// Ask implements inquiry.Plan.
func (s KNNMultiRound) Ask(q *inquiry.Question, answers []string) (inquiry.Prompt, bool) {
	return s.once(answers, inquiry.Prompt{Messages: user(s.filled(q)), TopP: 0.95})
}

// Conclude implements inquiry.Plan.
func (s KNNMultiRound) Conclude(q *inquiry.Question, h *inquiry.Heard) ([]float64, abi.Abstains) {
	if h.Failed == abi.AbstainsWords {
		return nil, h.Failed
	}
	why := h.Failed
	if why == "" && len(partsOf(h.Answers[0])) == 0 {
		why = abi.AbstainsUnreadable
	}
	var votes []int
	for _, part := range s.Parts(q, h) {
		if place := q.Best(part); place > 0 {
			votes = append(votes, place-1)
		}
	}
	if len(votes) == 0 {
		return nil, abi.AbstainsVector
	}
	return tallied(votes, len(q.Labels)), why
}

// Parts implements inquiry.Dividing.
func (s KNNMultiRound) Parts(q *inquiry.Question, h *inquiry.Heard) []string {
	if h.Failed == "" {
		if parts := partsOf(h.Answers[0]); len(parts) > 0 {
			return parts
		}
	}
	return []string{q.Query}
}

// mostParts bounds how many parts are voted by.
const mostParts = 4

// partsOf returns the parts that an answer splits a request into.
func partsOf(answer string) (parts []string) {
	for line := range strings.SplitSeq(strings.TrimSpace(answer), "\n") {
		if line = strings.TrimSpace(line); utf8.RuneCountInString(line) > 2 && len(parts) < mostParts {
			parts = append(parts, line)
		}
	}
	return parts
}
