package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// SVM is "llmrouter-svm", LLMRouter's svmrouter: a support vector machine with one vote for every pair of labels, as scikit-learn's SVC
// decides, in double precision.
//
// When to use it: as llmrouter-knn, where the border between labels is not where examples are.
//
// Nearly all training queries become support vectors where most labels are a matter of chance, as in LLMRouter's own data (5,464 of
// 5,608): then it takes as long as comparing with all of them.
type SVM struct{ byModel }

var _ = registerModel("llmrouter-svm", nil, func(m byModel, _ abi.Args) routing.Strategy { return SVM{m} }, "svm")
