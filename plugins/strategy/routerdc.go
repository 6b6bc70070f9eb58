package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// RouterDC is "llmrouter-routerdc", the head of LLMRouter's routerdc: the label whose learned vector has the smallest angle to the
// query's.
//
// When to use it: with the encoder it was trained with (mDeBERTa-v3, its first token's vector, cut on the left) behind an encoder's address.
type RouterDC struct{ byModel }

var _ = registerModel("llmrouter-routerdc", nil, func(m byModel, _ abi.Args) routing.Strategy { return RouterDC{m} }, "linear")
