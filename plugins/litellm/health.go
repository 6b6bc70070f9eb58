package litellm

import (
	"math"

	"github.com/routeiq/routeiq/abi"
)

// minModelsVariable says how many deployments must be usable, below our block.
const minModelsVariable = "HEALTH_MIN_MODELS"

// health reads our block health.
func (c *compiler) health(root *node) abi.Health {
	h := abi.Health{MinModels: abi.DefaultMinModels}
	block := c.mapping(root.get("health"))
	c.keys(block, healthKeys)
	if n, ok := c.variableWhole(minModelsVariable, 0, math.MaxInt32); ok {
		h.MinModels = n
	}
	if n, ok := c.whole(block.get("min_models"), 0, math.MaxInt32, "a number of deployments"); ok {
		h.MinModels = n
	}
	return h
}

// onError reads what becomes of a request in whose handling the module fails.
func (c *compiler) onError(root *node) abi.OnError {
	if policy, ok := c.choice(root.get("on_error"), string(abi.OnErrorDeny), string(abi.OnErrorContinue)); ok {
		return abi.OnError(policy)
	}
	return abi.OnErrorDeny
}
