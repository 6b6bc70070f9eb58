package strategy

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/inquiry"
	"github.com/routeiq/routeiq/plugins/routing"
)

// TaskAware is "llmrouter-taskaware", LLMRouter's taskawarerouter: a language model says which task the request is and whether it is
// simple or complex, and a table says which deployment that means.
//
// When to use it: several kinds of work, each with a cheap and a strong model that are good at it.
//
// The answer is JSON: {"task": …, "complexity": "simple" or "complex"}; what is missing is coding, and simple. What the table does not
// have is the first deployment that it names. Where there is no answer, or one that is no JSON object and nothing else, the task is coding, and
// complex if one of twelve words (advanced, complex, production, scale, optimize, architect, integrate, enterprise, microservices,
// distributed, secure, pipeline) stands in the request: otherwise and fallback_strategy hold only for requests without words.
//
// Where it differs: the table is yours. The original's has nine models by name, for coding, design, planning, research and language.
//
// The default prompt:
//
//	Classify the request below. Reply with one JSON object and nothing else: {"task": T, "complexity": C}
//	T is one of: {tasks}.
//	C is "simple" for a single clear step, "complex" for what takes several steps, is to be built to last, or leaves much open.
//	Request: {query}
type TaskAware struct {
	byAsking
	tasks []abi.Row
}

var _ = register(asking{
	name: "llmrouter-taskaware", seconds: 2, calls: 1, tokens: 50, slots: []string{slotQuery, "{tasks}"},
	prompt: `Classify the request below. Reply with one JSON object and nothing else: {"task": T, "complexity": C}` + "\n" +
		"T is one of: {tasks}.\n" +
		`C is "simple" for a single clear step, "complex" for what takes several steps, is to be built to last, or leaves much open.` + "\n" +
		"Request: {query}",
	own: []routing.Param{
		{Name: "tasks", Type: routing.Rows, Required: true, About: "a task, and the deployments (id, upstream model or provider/model) for what is simple and for what is complex there; one alone is for both"},
	},
	rules: taskRules, example: abi.Args{{Name: "tasks", Rows: []abi.Row{{Key: "coding", Values: []string{"a", "b"}}}}},
	make: func(b byAsking, a abi.Args) routing.Strategy { return TaskAware{b, a.Rows("tasks")} },
}.kind())

var _ routing.Asking = TaskAware{}

func taskRules(a abi.Args) (errs []error) {
	rows := a.Rows("tasks")
	for _, row := range rows {
		if n := len(row.Values); n < 1 || n > 2 {
			errs = append(errs, errors.New("tasks: "+strconv.Quote(row.Key)+" names "+strconv.Itoa(n)+" deployments, expected two, for what is simple and what is complex, or one for both"))
		}
	}
	return append(errs, rowsTwice("tasks", rows)...)
}

// Labels implements routing.Asking.
func (s TaskAware) Labels([]*abi.Deployment) (labels []string) {
	for _, row := range s.tasks {
		for _, name := range row.Values {
			if !slices.Contains(labels, name) {
				labels = append(labels, name)
			}
		}
	}
	return labels
}

// Ask implements inquiry.Plan.
func (s TaskAware) Ask(q *inquiry.Question, answers []string) (inquiry.Prompt, bool) {
	tasks := make([]string, len(s.tasks))
	for i, row := range s.tasks {
		tasks[i] = strconv.Quote(row.Key)
	}
	return s.once(answers, inquiry.Prompt{Messages: user(s.filled(q, "{tasks}", strings.Join(tasks, ", ")))})
}

// What a request is where the answer does not say.
const (
	usualTask    = "coding"
	simpleTask   = "simple"
	complexTask  = "complex"
	taskMember   = "task"
	levelsMember = "complexity"
)

// Conclude implements inquiry.Plan.
func (s TaskAware) Conclude(q *inquiry.Question, h *inquiry.Heard) ([]float64, abi.Abstains) {
	if h.Failed == abi.AbstainsWords {
		return nil, h.Failed
	}
	why, said := h.Failed, []string{usualTask, simpleTask}
	if why == "" {
		var err error
		if said, err = textMembers(strings.TrimSpace(h.Answers[0]), []string{taskMember, levelsMember}, usualTask, simpleTask); err != nil {
			why = abi.AbstainsUnreadable
		}
	}
	if why != "" {
		said = []string{usualTask, complexityByWords(q.Query)}
	}
	return only(q, max(slices.Index(q.Labels, s.modelFor(said[0], said[1])), 0)), why
}

// modelFor looks a task up; "" where the table does not have it.
func (s TaskAware) modelFor(task, complexity string) string {
	row := abi.RowOf(s.tasks, task)
	if row == nil {
		return ""
	}
	switch complexity {
	case simpleTask:
		return row.Values[0]
	case complexTask:
		return row.Values[len(row.Values)-1]
	}
	return ""
}

// complexWords are LLMRouter's.
var complexWords = []string{
	"advanced", "complex", "production", "scale", "optimize", "architect", "integrate", "enterprise", "microservices", "distributed",
	"secure", "pipeline",
}

func complexityByWords(query string) string {
	query = strings.ToLower(query)
	if slices.ContainsFunc(complexWords, func(word string) bool { return strings.Contains(query, word) }) {
		return complexTask
	}
	return simpleTask
}
