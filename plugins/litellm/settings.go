package litellm

import (
	"math"

	"github.com/routeiq/routeiq/abi"
)

// settings is what holds for every deployment that does not say otherwise.
type settings struct {
	strategy  abi.StrategyRef
	deadlines deadlines
	parallel  int // attempts in flight; 0: no limit
	insecure  bool
}

// settings reads the blocks that hold for all. router_settings wins over litellm_settings, value by value.
func (c *compiler) settings(root *node) settings {
	router, module, general := c.mapping(root.get("router_settings")), c.mapping(root.get("litellm_settings")), c.mapping(root.get("general_settings"))
	c.keys(router, routerKeys)
	c.keys(module, moduleKeys)
	c.keys(general, generalKeys)
	s := settings{strategy: c.strategy(router), deadlines: c.deadlines(router, module)}
	s.parallel, _ = c.whole(router.get("default_max_parallel_requests"), 0, math.MaxInt32, "a number of attempts, 0 for no limit,")
	s.insecure = c.insecure(module.get("ssl_verify"), false)
	if on, ok := c.boolean(router.get("enable_pre_call_checks")); ok && !on {
		c.warnAt(router.get("enable_pre_call_checks"), "not applied: what a deployment states is always looked at")
	}
	return s
}

// both reads a key of router_settings and of litellm_settings, so that an error in either is told; the first wins.
func both[T any](router, module *node, key string, read func(*node) (T, bool)) (value T, ok bool) {
	second, hasSecond := read(module.get(key))
	if value, ok = read(router.get(key)); ok {
		return value, true
	}
	return second, hasSecond
}

// insecure reads ssl_verify: true, false, or the path of a CA file, which is not built.
func (c *compiler) insecure(n *node, otherwise bool) bool {
	text, ok := c.scalar(n, "true or false")
	if !ok {
		return otherwise
	}
	verify, ok := truth(text)
	if !ok {
		c.noteAt(n, "ssl_verify", "not applied yet: a CA file; certificates are verified against the system's authorities")
		return false
	}
	return !verify
}
