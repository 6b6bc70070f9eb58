package strategy

import (
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/inquiry"
	"github.com/routeiq/routeiq/plugins/routing"
)

// AutoMix is "llmrouter-automix", LLMRouter's automixrouter: a small model answers, then says twice whether its answer is correct; where
// it does not stand by it, the large model is taken.
//
// When to use it: questions with short answers, and a small model that is much faster than the large one. The judge is to be the small
// model: another entry of it, under another model_name.
//
// Three calls, one after the other: the answer (temperature 0, 100 tokens, one line), and two judgements of it (temperature 1, seed 42,
// as long as max_tokens). Of those in which "the AI generated answer is" stands, in whatever case, the share is counted in which
// "the AI generated answer is correct" does; where it is no more than the threshold, 0.5, the large model is taken.
//
// Where it differs: the original gives the client the small model's first answer. A proxy decides before it answers: here that answer
// only serves the decision, and the small model answers once more, in full and as the client asked. Of the original's methods it is
// Threshold; what is trained of the others the original never saves.
//
// The default prompts, answer_prompt and prompt:
//
//	Answer the question as briefly as you can, in a few words.
//	Question: {query}
//	Answer: The answer is
//
//	Somebody asked: {query}
//	An AI answered: {answer}
//	Is that correct? Think about it in a sentence or two. Then end with one of these sentences, as it stands:
//	The AI generated answer is correct.
//	The AI generated answer is incorrect.
type AutoMix struct {
	byAsking
	small, large string
	answerPrompt string
	threshold    float64
}

const (
	slotAnswer      = "{answer}"
	autoMixCalls    = 3
	autoMixAnswer   = "Answer the question as briefly as you can, in a few words.\nQuestion: {query}\nAnswer: The answer is"
	autoMixVerified = "the ai generated answer is"
	autoMixCorrect  = autoMixVerified + " correct"
	autoMixSeed     = 42
	autoMixTokens   = 100 // of the answer
)

var _ = register(asking{
	name: "llmrouter-automix", seconds: 5, calls: autoMixCalls, least: autoMixCalls, tokens: 250, slots: []string{slotQuery, slotAnswer},
	prompt: "Somebody asked: {query}\nAn AI answered: {answer}\n" +
		"Is that correct? Think about it in a sentence or two. Then end with one of these sentences, as it stands:\n" +
		"The AI generated answer is correct.\nThe AI generated answer is incorrect.",
	own: slices.Concat(smallLargeParams, []routing.Param{
		number("threshold", 0, 1, 0.5, "up to which share of judgements that find the answer correct the large model is taken"),
		text("answer_prompt", "what is asked first, with "+slotQuery+" where the request's words are to stand; none: the default, above"),
	}),
	rules: func(a abi.Args) (errs []error) {
		return slices.Concat(smallAndLarge(a), lacksSlot(a, "answer_prompt", slotQuery), lacksSlot(a, "prompt", slotAnswer))
	},
	example: smallLargeExample,
	make: func(b byAsking, a abi.Args) routing.Strategy {
		s := AutoMix{b, a.Text("small"), a.Text("large"), a.Text("answer_prompt"), a.Number("threshold")}
		if s.answerPrompt == "" {
			s.answerPrompt = autoMixAnswer
		}
		return s
	},
}.kind())

var _ routing.Asking = AutoMix{}

// Labels implements routing.Asking. The large model is the first, for it is taken where the share is the threshold itself.
func (s AutoMix) Labels([]*abi.Deployment) []string { return []string{s.large, s.small} }

// Ask implements inquiry.Plan.
func (s AutoMix) Ask(q *inquiry.Question, answers []string) (inquiry.Prompt, bool) {
	if len(answers) == 0 {
		text := strings.NewReplacer(slotQuery, q.Query).Replace(s.answerPrompt)
		return inquiry.Prompt{Messages: user(text), MaxTokens: autoMixTokens, Stop: []string{"\n"}}, true
	}
	return inquiry.Prompt{
		Messages: user(s.filled(q, slotAnswer, answers[0])), MaxTokens: s.maxTokens, Temperature: 1, Stop: []string{"---"}, Seed: autoMixSeed,
	}, len(answers) < autoMixCalls
}

// Conclude implements inquiry.Plan.
func (s AutoMix) Conclude(_ *inquiry.Question, h *inquiry.Heard) ([]float64, abi.Abstains) {
	if h.Failed != "" {
		return nil, h.Failed
	}
	return []float64{s.threshold, shareCorrect(h.Answers[1:])}, ""
}

// shareCorrect is the share of judgements that find an answer correct; 0 where none says whether it does.
func shareCorrect(judgements []string) float64 {
	judged, correct := 0, 0
	for _, text := range judgements {
		text = strings.ToLower(text)
		if strings.Contains(text, autoMixVerified) {
			judged++
		}
		if strings.Contains(text, autoMixCorrect) {
			correct++
		}
	}
	if judged == 0 {
		return 0
	}
	return float64(correct) / float64(judged)
}
