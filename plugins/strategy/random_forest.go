package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// RandomForest is "llmrouter-random-forest": trees that each look at a few numbers of the vector. RoRF's forests (of two labels, with
// a threshold) and scikit-learn's classifiers are exported to it.
//
// When to use it: where such a forest was trained. A decision walks every tree, and costs little whatever their size.
type RandomForest struct{ byModel }

var _ = registerModel("llmrouter-random-forest", nil, func(m byModel, _ abi.Args) routing.Strategy { return RandomForest{m} }, "forest")
