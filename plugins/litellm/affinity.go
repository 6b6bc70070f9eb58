package litellm

import (
	"slices"

	"github.com/routeiq/routeiq/abi"
)

// LiteLLM's checks that hold a conversation to its deployment, and how long: its default is an hour.
var stickyChecks = []string{"session_affinity", "deployment_affinity", "prompt_caching"}

const affinitySeconds = 3600

// affinity reads what it means for all groups that a deployment served a session before: our block routing.affinity over LiteLLM's
// optional_pre_call_checks.
func (c *compiler) affinity(root *node) *abi.Affinity {
	router := root.get("router_settings")
	var all *abi.Affinity
	ttl, stated := c.duration(router.get("deployment_affinity_ttl_seconds"), 1, maxAffinitySeconds)
	if !stated {
		ttl = affinitySeconds * 1000
	}
	for _, item := range c.list(router.get("optional_pre_call_checks")) {
		switch name, ok := c.text(item); {
		case !ok:
		case slices.Contains(stickyChecks, name):
			all = &abi.Affinity{Mode: abi.AffinityStick, TTLMS: ttl}
		case name == "responses_api_deployment_check":
		default:
			c.noteAt(item, "optional_pre_call_checks."+name, "not applied yet: "+quote(name))
		}
	}
	return c.affinityBlock(root.get("routing").get("affinity"), all)
}

// maxAffinitySeconds is a week.
const maxAffinitySeconds = 7 * 86_400

// affinityBlock reads a block of ours; otherwise holds where there is none.
func (c *compiler) affinityBlock(n *node, otherwise *abi.Affinity) *abi.Affinity {
	block := c.mapping(n)
	if block == nil {
		return otherwise
	}
	c.keys(block, affinityKeys)
	a := abi.Affinity{Mode: abi.AffinityStick, TTLMS: affinitySeconds * 1000}
	if ms, ok := c.duration(block.get("ttl_seconds"), 1, maxAffinitySeconds); ok {
		a.TTLMS = ms
	}
	switch mode, ok := c.choice(block.get("mode"), "stick", "price", "off"); {
	case ok && mode == "off":
		return nil
	case ok:
		a.Mode = abi.AffinityMode(mode)
	}
	return &a
}
