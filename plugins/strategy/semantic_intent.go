package strategy

import (
	"errors"
	"strconv"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// SemanticIntent is "llmrouter-semantic-intent" of the replaced system: each intent has patterns, which are short texts as users
// write them, and is served by deployments of its own. The intent is that of the pattern to which the newest message of the user
// is most similar, of several the first in the configuration; it must be more similar than similarity_threshold. An intent's label
// names its deployments: by their id, their upstream model, or the two words provider/model. Among them, as where there is no
// intent or its deployments are out, the choice is that of simple-shuffle.
//
// When to use it: requests whose kind shows in a few telling words ("refactor", "translate", "contract").
//
// It is lexical. The original compares meanings where it has an encoder; here a pattern's similarity is the share of its words
// that stand in the text, each as a whole word, in any order, in capitals or not (of A to Z only). Synonyms and other forms of a
// word are other words, so each belongs into a pattern; "the" counts as much as "refactor", so patterns should hold telling words
// alone, or the threshold be high; and text in a script without spaces between words is hardly ever matched.
type SemanticIntent struct {
	threshold  float64
	patterns   []example
	vocabulary map[string]int // of all patterns: each word's number
	starts     [256]uint64    // the lengths of those that start with a byte, as bits: most words of a text are none of them
}

// example is one text of an intent: the numbers of its words, each once.
type example struct {
	label string
	words []int
}

var _ routing.Reader = (*SemanticIntent)(nil)

var _ = register(&routing.Kind{
	Name: "llmrouter-semantic-intent",
	Params: []routing.Param{
		{Name: "intent_model_groups", Type: routing.Rows, Required: true, About: "each intent, named as its deployments are (id, upstream model or provider/model), with texts that are typical of it"},
		number("similarity_threshold", 0, 1, 0, "the share of a text's words that must be exceeded"),
	},
	Rules:   checkIntents,
	Example: abi.Args{{Name: "intent_model_groups", Rows: []abi.Row{{Key: "gpt-4o", Values: []string{"refactor code"}}}}},
	New: func(a abi.Args) routing.Strategy {
		return NewSemanticIntent(a.Rows("intent_model_groups"), a.Number("similarity_threshold"))
	},
})

func checkIntents(a abi.Args) (errs []error) {
	add := func(message string) { errs = append(errs, errors.New("intent_model_groups: "+message)) }
	for _, row := range a.Rows("intent_model_groups") {
		switch {
		case row.Key == "":
			add("an intent has no name")
		case len(row.Values) == 0:
			add(strconv.Quote(row.Key) + " has no pattern")
		}
		for _, text := range row.Values {
			if word, _ := nextWord(text); word == "" {
				add("the pattern " + strconv.Quote(text) + " of " + strconv.Quote(row.Key) + " has no word")
			}
		}
	}
	return errs
}

// NewSemanticIntent makes one of intents and their patterns.
func NewSemanticIntent(intents []abi.Row, threshold float64) *SemanticIntent {
	s := &SemanticIntent{threshold: threshold, vocabulary: map[string]int{}}
	for _, row := range intents {
		for _, text := range row.Values {
			s.learn(row.Key, text)
		}
	}
	return s
}

// Pick implements routing.Strategy.
func (s *SemanticIntent) Pick(r *abi.Request, candidates []abi.Candidate) int {
	return shuffleAmong(r, candidates, func(i int) bool { return named(r.Intent, candidates[i].Deployment) })
}
