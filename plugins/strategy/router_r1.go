package strategy

import (
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/inquiry"
	"github.com/routeiq/routeiq/plugins/routing"
)

// RouterR1 is "llmrouter-r1", LLMRouter's router_r1: a language model that was trained for it thinks aloud and calls another model for
// help, <search>model:question</search>; the first that it calls is taken.
//
// When to use it: with a model of Router-R1 behind a server with OpenAI's chat completions. It thinks for seconds: state
// deadline_seconds, and who is taken otherwise.
//
// It speaks until </search> or </answer>. The model that it calls is what stands before the first colon of its last search: the first
// label, in their order, with that name in whatever case, else the first whose name is a part of what stands there, or has it as a part.
// Where there is no such label it is told so, as by the original, and speaks again, up to max_calls times. Where it answers by
// itself and calls nobody, nothing is concluded (unreadable): otherwise or fallback_strategy holds.
//
// Where it differs: the original asks the models that are called, hands their answers back, and answers in the end. A proxy decides
// which one model answers the client, so that what comes behind the first call is left out. Names are those of the labels, and not the
// original's eight; it does not continue one text but a chat, in which what it is told is the user's next message.
//
// The default prompt:
//
//	Answer the question. Think first, between <think> and </think>, about what you do not know. If you need help, ask one of these
//	models by writing <search>name of the model:your question</search>; what it says comes back between <information> and
//	</information>. When you know enough, write <answer>your answer</answer>. The models:
//	{descriptions}
//	Question: {query}
type RouterR1 struct{ byAsking }

var _ = register(asking{
	name: "llmrouter-r1", seconds: 10, calls: 5, tokens: 1024, slots: []string{slotQuery, slotModels, slotDescriptions},
	prompt: "Answer the question. Think first, between <think> and </think>, about what you do not know. If you need help, ask one of these " +
		"models by writing <search>name of the model:your question</search>; what it says comes back between <information> and " +
		"</information>. When you know enough, write <answer>your answer</answer>. The models:\n{descriptions}\nQuestion: {query}",
	own: labelParams, rules: func(a abi.Args) []error { return rowsWithValues("labels", a.Rows("labels")) },
	make: func(b byAsking, _ abi.Args) routing.Strategy { return RouterR1{b} },
}.kind())

var _ routing.Asking = RouterR1{}

const (
	searchOpens, searchEnds = "<search>", "</search>"
	answerOpens, answerEnds = "<answer>", "</answer>"
	nobodyCalled            = "\n<information></information>\n"
	unknownCalled           = "\n<information>LLM Name Error</information>\n"
)

// Ask implements inquiry.Plan.
func (s RouterR1) Ask(q *inquiry.Question, answers []string) (inquiry.Prompt, bool) {
	asked := *q
	if asked.Query = strings.TrimSpace(q.Query); !strings.HasSuffix(asked.Query, "?") {
		asked.Query += "?"
	}
	p := inquiry.Prompt{Messages: user(s.filled(&asked)), MaxTokens: s.maxTokens, Temperature: 1, Stop: []string{searchEnds, answerEnds}}
	for _, answer := range answers {
		name, calls, over := called(answer)
		if over || calls && labelCalled(name, q.Labels) >= 0 {
			return p, false
		}
		told := nobodyCalled
		if calls {
			told = unknownCalled
		}
		p.Messages = append(p.Messages, inquiry.Message{Role: inquiry.Assistant, Text: ended(answer)}, inquiry.Message{Role: inquiry.User, Text: told})
	}
	return p, true
}

// Conclude implements inquiry.Plan.
func (s RouterR1) Conclude(q *inquiry.Question, h *inquiry.Heard) ([]float64, abi.Abstains) {
	if len(h.Answers) > 0 {
		if name, calls, _ := called(h.Answers[len(h.Answers)-1]); calls {
			if at := labelCalled(name, q.Labels); at >= 0 {
				return only(q, at), ""
			}
		}
	}
	if h.Failed != "" {
		return nil, h.Failed
	}
	return nil, abi.AbstainsUnreadable
}

// ended is what was said, with the mark at which it stopped.
func ended(answer string) string {
	switch {
	case strings.Contains(answer, answerOpens):
		return answer + answerEnds
	case strings.HasSuffix(answer, searchEnds):
		return answer
	}
	return answer + searchEnds
}

// called returns the model that was called last in what was said, as it was written; over: it was answered.
func called(answer string) (name string, calls, over bool) {
	text := ended(answer)
	for {
		_, rest, ok := strings.Cut(text, searchOpens)
		if !ok {
			break
		}
		inside, behind, ok := strings.Cut(rest, searchEnds)
		if !ok {
			break
		}
		name, _, _ = strings.Cut(inside, ":")
		calls, text = true, behind
	}
	return strings.ToLower(strings.TrimSpace(name)), calls, strings.Contains(answer, answerOpens)
}

// labelCalled finds the label that a name in lower case means, by its place; -1: none.
func labelCalled(name string, labels []string) int {
	if name == "" {
		return -1
	}
	if at := slices.IndexFunc(labels, func(label string) bool { return strings.ToLower(label) == name }); at >= 0 {
		return at
	}
	return slices.IndexFunc(labels, func(label string) bool {
		label = strings.ToLower(label)
		return strings.Contains(name, label) || strings.Contains(label, name)
	})
}
