package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// MF is "llmrouter-mf", LLMRouter's mfrouter: a matrix factorisation of which model beats which other one on which query. It collapses
// to one weight for each label and number of the vector.
//
// When to use it: pairs of answers with the better one known. It costs next to nothing.
type MF struct{ byModel }

var _ = registerModel("llmrouter-mf", nil, func(m byModel, _ abi.Args) routing.Strategy { return MF{m} }, "linear")
