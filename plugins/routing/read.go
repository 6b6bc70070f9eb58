package routing

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/detect"
	"github.com/routeiq/routeiq/plugins/view"
)

// spare leaves out of a request, and with that of its log line, what nothing goes by.
func (t *target) spare(q *abi.Request) {
	if !t.agents {
		q.UserAgent = ""
	}
	if t.Affinity == nil {
		q.Session = ""
	}
}

// Reads tells whether something goes by the words of a request for a model, so that they must be gathered: a strategy, or affinity,
// whose sessions are told apart by them. turns: the whole conversation too.
func (r *Router) Reads(model string) (words, turns bool) {
	t, ok := r.resolve(model)
	if !ok {
		return false, false
	}
	words = t.reader != nil || t.detects || t.Affinity != nil || t.asking != nil
	turns = t.asking != nil && view.NeedsTurns(t.asking.terms.View)
	for _, m := range t.readers() {
		words, turns = true, turns || view.NeedsTurns(m.manifest.QueryView)
	}
	return words, turns
}

// Read makes of a request's words what the strategy of its group goes by. Fallbacks go by the same. It returns the query whose
// vector must be asked of the encoder; empty: none must.
func (r *Router) Read(q *abi.Request, p *abi.Prompt, turns []abi.Turn) (query string) {
	t, ok := r.resolve(q.Model)
	if !ok {
		return ""
	}
	if t.detects {
		q.Agentic = detect.Agentic(detect.Shape{
			Tools: p.Tools, ToolMessages: p.ToolMessages, Cycles: p.Cycles, Messages: p.Messages,
			SystemRunes: runes(p.System), AgentWords: detect.AgentWords(p.System),
		})
		q.Reasoning = detect.Reasoning(p.Last)
	}
	if t.reader != nil {
		q.Intent = t.reader.Read(p)
	}
	for _, m := range t.readers() {
		if t.model != m && !t.shadow.sampled(q) {
			continue
		}
		if asked := m.query(q, p, turns); query == "" { // of two queries one is encoded: a request waits once
			query = asked
		}
	}
	if t.Affinity == nil {
		return query
	}
	if q.Session != "" { // the client's own name for it, which is nobody's business but its own
		q.Session, q.Continued = detect.SessionKey(q.Session, ""), true
		return query
	}
	// A conversation begins anew with each request that holds no answer yet: "hello" of many people is not one conversation.
	const firstTurn = 2 // a system prompt and a user's message
	q.Session, q.Continued = detect.SessionKey(p.System, p.First), p.Messages > firstTurn
	return query
}

// readers are the models that go by a request's words: the strategy's, and its shadow's.
func (t *target) readers() (all []*model) {
	if t.model != nil && t.asking == nil { // what that scores are answers
		all = append(all, t.model)
	}
	if t.shadow != nil && t.shadow.model != nil {
		all = append(all, t.shadow.model)
	}
	return all
}

func runes(s string) int {
	n := 0
	for range s {
		n++
	}
	return n
}
