package litellm

import (
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/provider/nearest"
)

// Built is every strategy the module has. A test compares it with the module's registry, which this package must not
// import: strategies stand above the configuration.
var Built = []string{abi.DefaultStrategy, "round-robin"}

// litellmStrategies are LiteLLM's other names: a configuration with one of them loads and runs with the default.
var litellmStrategies = []string{
	"least-busy", "latency-based-routing", "usage-based-routing", "usage-based-routing-v2", "cost-based-routing", "provider-budget-routing",
	"lar1", "priority",
}

// learnedPrefix begins the names of strategies that choose by a trained model.
const learnedPrefix = "llmrouter-"

// strategy reads routing_strategy. It holds for every group.
func (c *compiler) strategy(n *node) abi.StrategyRef {
	standard := abi.StrategyRef{Name: abi.DefaultStrategy}
	name, ok := c.text(n)
	switch {
	case !ok || name == "":
		return standard
	case slices.Contains(Built, name):
		return abi.StrategyRef{Name: name}
	case slices.Contains(litellmStrategies, name):
		c.warnAt(n, quote(name)+" is not built yet: every group runs as "+abi.DefaultStrategy)
		return abi.StrategyRef{Name: abi.DefaultStrategy, Requested: name}
	case strings.HasPrefix(name, learnedPrefix):
		c.refuseAt(n, n.shown()+": strategies that choose by a trained model are not built yet; expected one of "+quoteAll(Built))
		return standard
	}
	known := slices.Concat(Built, litellmStrategies)
	if near := nearest.Of(name, known); near != "" {
		c.refuseAt(n, n.shown()+", which is no strategy: did you mean "+quote(near)+"?")
	} else {
		c.refuseAt(n, n.shown()+", which is no strategy: expected one of "+quoteAll(known))
	}
	return standard
}
