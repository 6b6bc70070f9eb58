package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// Personalized is "llmrouter-personalized", LLMRouter's personalizedrouter: a score for each label that depends on who asks. The user is
// the body's "user" where that is a whole number; others, and none, are user 0. Task descriptions are not embedded: they are zeros.
//
// When to use it: users who were in the training data, by their numbers there.
//
// The replaced system's llmrouter-gmt is of the same kind, but cannot be made in LLMRouter 0.4.0: an artifact of kind user serves for it.
type Personalized struct{ byModel }

var _ = registerModel("llmrouter-personalized", nil, func(m byModel, _ abi.Args) routing.Strategy { return Personalized{m} }, "user")
