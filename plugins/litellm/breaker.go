package litellm

import (
	"math"
	"strconv"

	"github.com/routeiq/routeiq/abi"
)

const (
	maxBreakerSeconds = 24 * 3600
	maxProbes         = 1000
)

// breakerVariables are the defaults the environment gives, below every key of the configuration.
var breakerVariables = []struct {
	name    string
	seconds bool // else a count
	max     int
	field   func(*abi.BreakerPolicy) *int
}{
	{"ROUTEIQ_CB_FAILURE_THRESHOLD", false, abi.MaxFailureThreshold, func(b *abi.BreakerPolicy) *int { return &b.FailureThreshold }},
	{"ROUTEIQ_CB_SUCCESS_THRESHOLD", false, maxProbes, func(b *abi.BreakerPolicy) *int { return &b.SuccessThreshold }},
	{"ROUTEIQ_CB_TIMEOUT_SECONDS", true, maxBreakerSeconds, func(b *abi.BreakerPolicy) *int { return &b.OpenMS }},
	{"ROUTEIQ_CB_WINDOW_SECONDS", true, maxBreakerSeconds, func(b *abi.BreakerPolicy) *int { return &b.WindowMS }},
}

// breaker builds the policy of all: the defaults, the environment, LiteLLM's keys, and our block, the later winning.
func (c *compiler) breaker(root, router, module *node) abi.BreakerPolicy {
	b := abi.DefaultBreaker
	for _, v := range breakerVariables {
		text, _, set := c.lookup(v.name)
		if !set {
			continue
		}
		low, unit := 1.0, 1.0
		if v.seconds {
			low, unit = 0.001, 1000
		}
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(n) || n < low || n > float64(v.max) || !v.seconds && n != math.Trunc(n) {
			c.refuse(Problem{Path: v.name, Message: "holds no number from " + strconv.FormatFloat(low, 'g', -1, 64) + " to " + strconv.Itoa(v.max)})
			continue
		}
		*v.field(&b) = int(math.Round(n * unit))
	}
	if n, ok := both(router, module, "allowed_fails", c.allowedFails); ok {
		b.FailureThreshold = n
	}
	if ms, ok := both(router, module, "cooldown_time", c.cooldown); ok {
		b.OpenMS = ms
	}
	if off, ok := c.boolean(router.get("disable_cooldowns")); ok {
		b.Enabled = !off
	}
	c.breakerBlock(root.get("breaker"), &b)
	return b
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

func (c *compiler) cooldown(n *node) (ms int, ok bool) {
	v, ok := c.number(n, 0.001, maxBreakerSeconds, "seconds, more than 0 and at most 86400; breaker.enabled: false turns breakers off")
	return int(math.Round(v * 1000)), ok
}

// breakerBlock reads a block of ours into a policy; what it does not say stays.
func (c *compiler) breakerBlock(n *node, b *abi.BreakerPolicy) {
	if n = c.mapping(n); n == nil {
		return
	}
	c.keys(n, breakerKeys)
	if on, ok := c.boolean(n.get("enabled")); ok {
		b.Enabled = on
	}
	for _, k := range []struct {
		key string
		max int
		to  *int
	}{
		{"failure_threshold", abi.MaxFailureThreshold, &b.FailureThreshold},
		{"success_threshold", maxProbes, &b.SuccessThreshold},
		{"half_open_requests", maxProbes, &b.HalfOpenRequests},
	} {
		if v, ok := c.whole(n.get(k.key), 1, k.max, "a whole number"); ok {
			*k.to = v
		}
	}
	for _, k := range []struct {
		key string
		to  *int
	}{{"window_seconds", &b.WindowMS}, {"open_seconds", &b.OpenMS}} {
		if v, ok := c.number(n.get(k.key), 0.001, maxBreakerSeconds, "seconds, more than 0 and at most 86400"); ok {
			*k.to = int(math.Round(v * 1000))
		}
	}
}

// deploymentBreaker is a deployment's own policy, or nil where nothing of its own is said.
func (c *compiler) deploymentBreaker(params, info *node, all abi.BreakerPolicy) *abi.BreakerPolicy {
	b, own := all, false
	if n, ok := c.allowedFails(info.get("allowed_fails")); ok {
		b.FailureThreshold, own = n, true
	}
	for _, n := range []*node{params.get("cooldown_time"), info.get("cooldown_time")} {
		if ms, ok := c.cooldown(n); ok {
			b.OpenMS, own = ms, true
		}
	}
	if block := info.get("breaker"); block != nil {
		c.breakerBlock(block, &b)
		own = true
	}
	if !own {
		return nil
	}
	return &b
}
