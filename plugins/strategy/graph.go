package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// Graph is "llmrouter-graph", LLMRouter's graphrouter. Its graph has edges from queries to models alone, so that all it computes but one
// product with the query's vector is the same for every query, and is in the artifact.
//
// When to use it: where a graphrouter was trained. Decisions are those of its route_single; route_batch scales queries by the whole batch.
type Graph struct{ byModel }

var _ = registerModel("llmrouter-graph", nil, func(m byModel, _ abi.Args) routing.Strategy { return Graph{m} }, "linear")
