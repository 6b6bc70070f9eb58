package litellm

import (
	"math"

	"github.com/routeiq/routeiq/abi"
)

// What a shadow decides unless told otherwise.
const (
	shadowPercent   = 5
	shadowPerSecond = 10
)

// shadow reads the strategy that decides beside a group's own; nil: there is none.
func (c *compiler) shadow(n *node) *abi.Shadow {
	block := c.mapping(n)
	if block == nil {
		return nil
	}
	c.keys(block, shadowKeys)
	s := &abi.Shadow{Percent: shadowPercent, PerSecond: shadowPerSecond}
	if v, ok := c.number(block.get("percent"), 0.001, 100, "percent of the requests, above 0 and at most 100"); ok {
		s.Percent = v
	}
	if v, ok := c.whole(block.get("max_per_second"), 1, math.MaxInt32, "requests a second, in each worker"); ok {
		s.PerSecond = v
	}
	name := block.get("routing_strategy")
	if name == nil {
		c.refuseAt(block, "has no routing_strategy, expected the strategy that decides beside the group's own")
		return nil
	}
	s.Strategy = c.strategyOf(name, block.get("routing_strategy_args"))
	return s
}
