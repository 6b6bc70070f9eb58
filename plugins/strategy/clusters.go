package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// Clusters is "llmrouter-clusters", the way of Avengers-Pro: queries were clustered, and each cluster has a score for every label, which
// weighs how good it was there against what it cost. The label that scores best in the nearest cluster wins.
//
// When to use it: some hundred queries a cluster with the quality and cost of every model. It needs little: 60 clusters are 0.2 MB.
type Clusters struct{ byModel }

var _ = registerModel("llmrouter-clusters", nil, func(m byModel, _ abi.Args) routing.Strategy { return Clusters{m} }, "kmeans")
