package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// MLP is "llmrouter-mlp", LLMRouter's mlprouter: a neural network with an output for each label, of which the highest wins.
//
// When to use it: as llmrouter-knn, with less memory: 0.4 MB for layers of 128 and 64 behind 768 numbers.
type MLP struct{ byModel }

var _ = registerModel("llmrouter-mlp", nil, func(m byModel, _ abi.Args) routing.Strategy { return MLP{m} }, "mlp")
