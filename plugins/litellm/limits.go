package litellm

import (
	"math"

	"github.com/routeiq/routeiq/abi"
)

// concurrencyVariable bounds the requests in flight, below LiteLLM's key and our block.
const concurrencyVariable = "ROUTEIQ_MAX_CONCURRENT_REQUESTS"

// limits reads what bounds the clients of a proxy: our block limits, over LiteLLM's global_max_parallel_requests, over
// the environment.
func (c *compiler) limits(root *node) abi.Limits {
	l := abi.Limits{MaxBodyBytes: abi.DefaultMaxBodyBytes}
	block := c.mapping(root.get("limits"))
	c.keys(block, limitKeys)
	if n, ok := c.whole(block.get("max_body_bytes"), 1, math.MaxInt32, "bytes"); ok {
		l.MaxBodyBytes = n
	}
	if n, ok := c.variableWhole(concurrencyVariable, 0, math.MaxInt32); ok {
		l.MaxConcurrentRequests = n
	}
	for _, n := range []*node{root.get("general_settings").get("global_max_parallel_requests"), block.get("max_concurrent_requests")} {
		if n, ok := c.whole(n, 0, math.MaxInt32, "a number of requests, 0 for no limit,"); ok {
			l.MaxConcurrentRequests = n
		}
	}
	return l
}

// rates reads what a deployment takes: attempts and tokens a minute, and attempts in flight. As in LiteLLM
// default_max_parallel_requests holds for a deployment that states none of the three.
func (c *compiler) rates(e *entry, s settings) {
	stated := false
	for _, k := range []struct {
		key string
		to  *int
	}{{"rpm", &e.d.RPM}, {"tpm", &e.d.TPM}, {"max_parallel_requests", &e.d.MaxParallel}} {
		for _, from := range []*node{e.info, e.at, e.params} { // litellm_params wins
			if v, ok := c.number(from.get(k.key), 0, maxRate, "a number of 0 or more"); ok {
				// A part of a request cannot be made: the limit is rounded up, so that it never becomes none.
				*k.to, stated = int(min(math.Ceil(v), math.MaxInt32)), true
			}
		}
	}
	if !stated {
		e.d.MaxParallel = s.parallel
	}
}

// maxRate bounds what a rate may be written as.
const maxRate = 1e15
