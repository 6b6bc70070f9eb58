package litellm

import (
	"cmp"
	"math"
	"strconv"

	"github.com/routeiq/routeiq/abi"
)

const (
	maxBreakerSeconds   = 24 * 3600
	maxProbes           = 1000
	defaultRateRequests = 20 // attempts within the window before a rate of failures says something
)

// circuit is a breaker's policy on its way to the document. An OpenMS of 0 is LiteLLM's cooldown of none; MaxOpenMS and
// MinRequests of 0 are not said.
type circuit struct {
	abi.BreakerPolicy
	whenAllOpen abi.WhenAllOpen
}

// change is what one key says of a circuit. What is said in several places is a list of them, the later winning: so one
// list holds for all, for a group and for a deployment, and is read once.
type change func(*circuit)

func (b circuit) with(changes ...[]change) circuit {
	for _, list := range changes {
		for _, apply := range list {
			apply(&b)
		}
	}
	return b
}

// policy fills in what follows from the rest.
func (b circuit) policy() abi.BreakerPolicy {
	p := b.BreakerPolicy
	if p.OpenMS == 0 { // a breaker without a pause is none
		p.Enabled, p.OpenMS = false, abi.DefaultBreaker.OpenMS
	}
	p.MaxOpenMS = max(cmp.Or(p.MaxOpenMS, abi.DefaultBreaker.MaxOpenMS), p.OpenMS)
	if p.FailurePercent == 0 {
		p.MinRequests = 0
	} else {
		p.MinRequests = cmp.Or(p.MinRequests, defaultRateRequests)
	}
	return p
}

// breakers writes every breaker into the document: the policy of all, which it returns, and those of groups and of
// deployments that have one of their own. The later wins: defaults, environment, LiteLLM's keys, the block breaker,
// breaker.groups, the deployment.
func (c *compiler) breakers(root *node, dir *directory, entries []*entry) abi.BreakerPolicy {
	start := circuit{abi.DefaultBreaker, abi.WhenAllOpenRefuse}
	start.MaxOpenMS = 0
	block := c.mapping(root.get("breaker"))
	c.keys(block, breakerKeys)
	environment, named := c.breakerEnvironment(dir.groups)
	keys := c.litellmCircuit(root)
	common := c.circuitBlock(block)
	own := c.breakerGroups(block.get("groups"), dir)
	all := start.with(environment, keys, common)
	members := byGroup(entries)
	for i := range dir.groups {
		g := &dir.groups[i]
		group := start.with(environment, named[g.Name], keys, common, own[g.Name])
		g.WhenAllOpen = group.whenAllOpen
		for n, e := range members[g.Name] {
			if len(e.circuit) > 0 || len(named[g.Name]) > 0 || len(own[g.Name]) > 0 {
				policy := group.with(e.circuit).policy()
				g.Deployments[n].Breaker = &policy
			}
		}
	}
	return all.policy()
}

// litellmCircuit reads LiteLLM's keys, which hold for every deployment.
func (c *compiler) litellmCircuit(root *node) []change {
	router, module := root.get("router_settings"), root.get("litellm_settings")
	var changes []change
	if n, ok := both(router, module, "allowed_fails", c.allowedFails); ok {
		changes = append(changes, func(b *circuit) { b.FailureThreshold = n })
	}
	if ms, ok := both(router, module, "cooldown_time", c.cooldown); ok {
		changes = append(changes, func(b *circuit) { b.OpenMS = ms })
	}
	changes = append(changes, c.allowedFailsPolicy(router.get("allowed_fails_policy"))...)
	if off, ok := c.boolean(router.get("disable_cooldowns")); ok {
		changes = append(changes, func(b *circuit) { b.Enabled = !off })
	}
	return changes
}

// deploymentCircuit reads what a deployment says of its own breaker.
func (c *compiler) deploymentCircuit(params, info *node) []change {
	var changes []change
	if n, ok := c.allowedFails(info.get("allowed_fails")); ok {
		changes = append(changes, func(b *circuit) { b.FailureThreshold = n })
	}
	for _, n := range []*node{params.get("cooldown_time"), info.get("cooldown_time")} {
		if ms, ok := c.cooldown(n); ok {
			changes = append(changes, func(b *circuit) { b.OpenMS = ms })
		}
	}
	changes = append(changes, c.allowedFailsPolicy(info.get("allowed_fails_policy"))...)
	block := c.mapping(info.get("breaker"))
	c.keys(block, ownBreakerKeys)
	return append(changes, c.circuitBlock(block)...)
}

// allowedFails reads how many failures leave a deployment in use: one more opens its breaker.
func (c *compiler) allowedFails(n *node) (threshold int, ok bool) {
	fails, ok := c.whole(n, 0, math.MaxInt32, "a number of failures")
	if !ok {
		return 0, false
	}
	if fails+1 > abi.MaxFailureThreshold {
		c.warnAt(n, "is more failures than a breaker counts: it opens with "+strconv.Itoa(abi.MaxFailureThreshold)+"; breaker.enabled: false turns breakers off")
	}
	return min(fails+1, abi.MaxFailureThreshold), true
}

// cooldown reads a pause; 0 is none, and with that no breaker.
func (c *compiler) cooldown(n *node) (ms int, ok bool) {
	return c.duration(n, 0, maxBreakerSeconds)
}

// breakerGroups reads breaker.groups: the block of a group by the group's name.
func (c *compiler) breakerGroups(n *node, dir *directory) map[string][]change {
	own := map[string][]change{}
	if n = c.mapping(n); n == nil {
		return own
	}
	for _, m := range n.keys {
		if m.value.kind == isNull {
			continue
		}
		block := c.mapping(m.value)
		c.keys(block, groupBreakerKeys)
		changes := c.circuitBlock(block)
		if group, ok := dir.group(m, "breaker.groups"); ok {
			own[group] = append(own[group], changes...)
		}
	}
	return own
}

// circuitBlock reads a block of ours; what it does not say stays.
func (c *compiler) circuitBlock(n *node) []change {
	var changes []change
	add := func(apply change) { changes = append(changes, apply) }
	for _, k := range []struct {
		key  string
		max  int
		to   func(*circuit) *int
		want string
	}{
		{"failure_threshold", abi.MaxFailureThreshold, func(b *circuit) *int { return &b.FailureThreshold }, "a whole number"},
		{"failure_percent", 100, func(b *circuit) *int { return &b.FailurePercent }, "a percentage"},
		{"minimum_requests", math.MaxInt32, func(b *circuit) *int { return &b.MinRequests }, "a whole number"},
		{"success_threshold", maxProbes, func(b *circuit) *int { return &b.SuccessThreshold }, "a whole number"},
		{"half_open_requests", maxProbes, func(b *circuit) *int { return &b.HalfOpenRequests }, "a whole number"},
	} {
		low := 1
		if k.key == "failure_percent" { // 0: only counts open
			low = 0
		}
		if v, ok := c.whole(n.get(k.key), low, k.max, k.want); ok {
			add(func(b *circuit) { *k.to(b) = v })
		}
	}
	for _, k := range []struct {
		key string
		to  func(*circuit) *int
	}{
		{"window_seconds", func(b *circuit) *int { return &b.WindowMS }},
		{"open_seconds", func(b *circuit) *int { return &b.OpenMS }},
	} {
		if ms, ok := c.duration(n.get(k.key), 0.001, maxBreakerSeconds); ok {
			add(func(b *circuit) { *k.to(b) = ms })
		}
	}
	if longest := n.get("max_open_seconds"); longest != nil {
		if ms, ok := c.duration(longest, 0.001, maxBreakerSeconds); ok {
			add(func(b *circuit) {
				if b.MaxOpenMS = ms; ms < b.OpenMS {
					c.refuseAt(longest, longest.shown()+", less than the "+seconds(b.OpenMS)+" a breaker stays open first: expected at least as much, or a smaller open_seconds")
				}
			})
		}
	}
	if on, ok := c.boolean(n.get("enabled")); ok {
		add(func(b *circuit) {
			if b.Enabled = on; on && b.OpenMS == 0 { // over a cooldown_time of 0
				b.OpenMS = abi.DefaultBreaker.OpenMS
			}
		})
	}
	if answer, ok := c.choice(n.get("when_all_open"), string(abi.WhenAllOpenRefuse), string(abi.WhenAllOpenLeastBad)); ok {
		add(func(b *circuit) { b.whenAllOpen = abi.WhenAllOpen(answer) })
	}
	if few := n.get("minimum_requests"); few != nil && n.get("failure_percent") == nil {
		add(func(b *circuit) {
			if b.FailurePercent == 0 {
				c.warnAt(few, "has no effect without failure_percent")
			}
		})
	}
	return changes
}
