package litellm

import (
	"github.com/routeiq/routeiq/abi"
)

// settings is what holds for every deployment that does not say otherwise.
type settings struct {
	strategy        abi.StrategyRef
	retries         int
	timeoutMS       int
	streamTimeoutMS int
	insecure        bool
	breaker         abi.BreakerPolicy
}

// settings reads the blocks that hold for all. router_settings wins over litellm_settings, value by value.
func (c *compiler) settings(root *node) settings {
	router, module, general := c.mapping(root.get("router_settings")), c.mapping(root.get("litellm_settings")), c.mapping(root.get("general_settings"))
	c.keys(router, routerKeys)
	c.keys(module, moduleKeys)
	c.keys(general, generalKeys)
	s := settings{strategy: c.strategy(router.get("routing_strategy")), retries: abi.DefaultRetries}
	if n, ok := both(router, module, "num_retries", func(n *node) (int, bool) { return c.whole(n, 0, 100, "a number of retries") }); ok {
		s.retries = n
	}
	if ms, ok := c.milliseconds(module.get("request_timeout")); ok {
		s.timeoutMS = ms
	}
	if ms, ok := c.milliseconds(router.get("timeout")); ok {
		s.timeoutMS = ms
	}
	if ms, ok := c.milliseconds(router.get("stream_timeout")); ok {
		s.streamTimeoutMS = ms
	}
	s.insecure = c.insecure(module.get("ssl_verify"), false)
	s.breaker = c.breaker(root, router, module)
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
