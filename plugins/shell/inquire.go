package shell

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/plugins/inquiry"
)

// inquire makes the next call of what must be asked about a request, which waits for the answer; where there is none left to make, or
// the deadline of all of them has passed, it is decided.
func (c *router) inquire(s *stream, i *inquiry.Inquiry) types.Action {
	for {
		now := nowMS()
		call := i.Next(now)
		if call == nil {
			s.request.Verdict = i.Verdict(now)
			return c.decide(s)
		}
		to := outgoing{
			name: call.Name, cluster: call.Cluster, authority: call.Authority, path: call.Path, headers: call.Headers, body: call.Body,
			deadlineMS: call.DeadlineMS,
		}
		err := c.dispatch(to, i.Abandon, func(status int, body []byte) types.Action {
			c.hear(i, call, status, body)
			return c.inquire(s, i)
		})
		if err == nil {
			return types.ActionPause
		}
		c.hear(i, call, 0, nil)
	}
}

// hear takes what came of a call.
func (c *router) hear(i *inquiry.Inquiry, call *inquiry.Call, status int, body []byte) {
	now := nowMS()
	events, err := i.Done(call, status, body, now)
	if err != nil {
		proxywasm.LogWarn("routeiq: an answer of " + call.Name + " cannot be read: " + err.Error())
	}
	c.plugin.meter.transitions(events, now)
}
