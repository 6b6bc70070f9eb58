// Package view makes the query of a request: the words that a trained model goes by.
package view

import (
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/ngram"
)

// The views.
const (
	LastUser500 = "last_user_500" // the newest message of the user, its first 500 code points: LLMRouter's serve
	LastUser    = "last_user"     // the newest message of the user
	AllText     = "all_text"      // all messages, each on a line of its own: RouteIQ's strategies
	FullContext = "full_context"  // LLMRouter's chat with its whole history
	Retrieval   = "retrieval"     // LLMRouter's chat with those turns of its history that are most like the question
)

// All are the views.
var All = []string{LastUser500, LastUser, AllText, FullContext, Retrieval}

// NeedsTurns tells whether a view is made of the whole conversation.
func NeedsTurns(view string) bool { return view == AllText || view == FullContext || view == Retrieval }

// Of makes the query. Turns are only needed by views that are made of them.
func Of(view string, p *abi.Prompt, turns []abi.Turn) string {
	switch view {
	case LastUser500:
		return firstRunes(p.Last, 500)
	case AllText:
		texts := make([]string, len(turns))
		for i, t := range turns {
			texts[i] = t.Text
		}
		return strings.Join(texts, "\n")
	case FullContext:
		history, current := exchanges(turns)
		return write(history, "Previous", current)
	case Retrieval:
		history, current := exchanges(turns)
		return write(nearest(history, current), "Similar", current)
	}
	return p.Last
}

// firstRunes cuts a text behind so many code points.
func firstRunes(s string, most int) string {
	n := 0
	for i := range s {
		if n == most {
			return s[:i]
		}
		n++
	}
	return s
}

// exchange is a question of the user and what the assistant said to it.
type exchange struct{ query, response string }

// exchanges takes a conversation apart: what was said, and the question that is open.
func exchanges(turns []abi.Turn) (history []exchange, current string) {
	for _, t := range turns {
		switch {
		case t.By == abi.ByUser:
			if current != "" {
				history = append(history, exchange{query: current})
			}
			current = t.Text
		case t.By == abi.ByAssistant && current != "":
			history = append(history, exchange{current, t.Text})
			current = ""
		case t.By == abi.ByAssistant && len(history) > 0:
			history[len(history)-1].response += "\n" + t.Text
		}
	}
	return history, current
}

// write puts history and question together as LLMRouter's chat does.
func write(history []exchange, kind, current string) string {
	var b strings.Builder
	for _, e := range history {
		b.WriteString(kind + " Query: " + e.query + "\n\n" + kind + " Response: " + e.response + "\n\n")
	}
	b.WriteString("Current Query: " + current)
	return b.String()
}

// How much of the history is retrieved, and the vectors that say what is alike: LLMRouter takes its encoder's, of which a proxy
// would have to ask for each turn.
const (
	retrieved = 3
	dimension = 1024
)

// nearest returns those exchanges whose question is most like the open one, in their order.
func nearest(history []exchange, current string) []exchange {
	if len(history) <= retrieved {
		return history
	}
	m := ngram.NewMaker(dimension)
	to := slices.Clone(m.Vector(current))
	type near struct {
		at    int
		alike float64
	}
	all := make([]near, len(history))
	for i, e := range history {
		all[i].at = i
		for n, v := range m.Vector(e.query) {
			all[i].alike += float64(v) * float64(to[n])
		}
	}
	slices.SortStableFunc(all, func(a, b near) int {
		switch {
		case a.alike > b.alike:
			return -1
		case a.alike < b.alike:
			return 1
		}
		return 0
	})
	all = all[:retrieved]
	slices.SortFunc(all, func(a, b near) int { return a.at - b.at })
	var found []exchange
	for _, n := range all {
		found = append(found, history[n.at])
	}
	return found
}
