package litellm

import (
	"math"

	"github.com/routeiq/routeiq/abi"
)

// retries writes into the groups how often and when a request is tried again in them.
func (c *compiler) retries(root *node, dir *directory, entries []*entry) {
	router, module := root.get("router_settings"), root.get("litellm_settings")
	everywhere := abi.DefaultRetries
	if n, ok := both(router, module, "num_retries", c.retryCount); ok {
		everywhere = n
	}
	pause, _ := c.duration(router.get("retry_after"), 0, maxBreakerSeconds)
	common := c.retryPolicy(router.get("retry_policy"))
	own := map[string][]abi.ClassCount{}
	if block := c.mapping(router.get("model_group_retry_policy")); block != nil {
		for _, m := range block.keys {
			if m.value.kind == isNull {
				continue
			}
			policy := c.retryPolicy(m.value)
			if group, ok := dir.group(m, "model_group_retry_policy"); ok {
				own[group] = policy // in place of the common one, also where it says nothing, as in LiteLLM
			}
		}
	}
	members := byGroup(entries)
	for i := range dir.groups {
		g := &dir.groups[i]
		g.Retries, g.RetryAfterMS, g.RetriesByClass = largestRetries(members[g.Name], everywhere), pause, common
		if policy, ok := own[g.Name]; ok {
			g.RetriesByClass = policy
		}
	}
}

// largestRetries is the number of retries of a group. In LiteLLM the num_retries of the deployment that failed replaces
// that of all; here a request's attempts are planned before the first fails, so the largest of the group's holds.
func largestRetries(entries []*entry, otherwise int) int {
	largest := 0
	for _, e := range entries {
		n := otherwise
		if e.retries != nil {
			n = *e.retries
		}
		largest = max(largest, n)
	}
	return largest
}

// retryBlock reads our block retry.
func (c *compiler) retryBlock(root *node) abi.RetryPolicy {
	p := abi.DefaultRetry
	block := c.mapping(root.get("retry"))
	c.keys(block, retryKeys)
	if n, ok := c.whole(block.get("budget_percent"), 0, 100, "a percentage"); ok {
		p.BudgetPercent = n
	}
	if n, ok := c.whole(block.get("budget_floor"), 0, math.MaxInt32, "a number of requests"); ok {
		p.BudgetFloor = n
	}
	if n, ok := c.whole(block.get("max_attempts"), 1, abi.MaxRetries, "a number of attempts"); ok {
		p.MaxAttempts = n
	}
	return p
}
