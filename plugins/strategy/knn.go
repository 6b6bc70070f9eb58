package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// KNN is "llmrouter-knn", LLMRouter's knnrouter: the label that most of the training queries nearest to this one have.
//
// When to use it: a few thousand queries with the model that was best for each, and an encoder that puts alike queries close together.
//
// Every training query is kept: 3 kB each with 768 numbers. The search is exact: what cannot be among the nearest is passed over by a
// bound. As in scikit-learn, of labels with as many votes the first in the alphabet wins.
//
// Where it differs from the replaced system's defaults (metric cosine, weights distance): what the artifact was trained with holds.
type KNN struct{ byModel }

var _ = registerModel("llmrouter-knn", nil, func(m byModel, _ abi.Args) routing.Strategy { return KNN{m} }, "knn")
