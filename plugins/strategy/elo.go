package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// Elo is "llmrouter-elo", LLMRouter's elorouter: the label with the highest rating, whatever the request says.
//
// When to use it: to send everything to what won most comparisons, and to the next best when that is out.
//
// A rating counts how often a label was best in the training table. Where several were equally good there the first row was called best,
// so that in such data it is the order of rows that is rated.
type Elo struct{ byModel }

var _ = registerModel("llmrouter-elo", nil, func(m byModel, _ abi.Args) routing.Strategy { return Elo{m} }, "constant")
