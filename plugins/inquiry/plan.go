package inquiry

import "github.com/routeiq/routeiq/abi"

// Plan is what a strategy asks, and what it makes of the answers. It is a function of its arguments alone.
type Plan interface {
	// Ask returns the call that follows the answers so far; false: none does.
	Ask(q *Question, answers []string) (Prompt, bool)
	// Conclude scores the question's labels, the best highest; of equals the first is the better. It returns no scores where none
	// can be told, and why the answers are not followed.
	Conclude(q *Question, h *Heard) (scores []float64, why abi.Abstains)
}

// Question is what is asked about.
type Question struct {
	Group  string // that the request is for
	Query  string // words of the request
	Labels []string
	// Best returns the place, counted from 1, of the label that the strategy's trained model prefers for a text, 0 where there is no
	// vector of it; nil: there is no model.
	Best func(text string) int
	// Vectors are those of texts that an encoder made; nil: none is needed.
	Vectors map[string][]float32
}

// Dividing is a Plan that concludes from what a trained model says of parts of the query.
type Dividing interface {
	// Parts are the texts that Best is asked about.
	Parts(q *Question, h *Heard) []string
}

// Heard is what was answered.
type Heard struct {
	Answers []string
	Failed  abi.Abstains // why the calls ended before the plan did; empty: they did not
}

// Terms are what bounds a request's calls.
type Terms struct {
	Judge      string // the deployment that is asked
	DeadlineMS int64  // for all of them together
	MaxCalls   int
	MaxUSD     float64 // 0: any
	View       string  // which words are the query: see package view
}
