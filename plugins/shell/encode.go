package shell

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/plugins/encoder"
)

// encode finds the vector of a request's words, and goes on with next. Where the encoder must be asked the request waits for its answer,
// or until its deadline has passed. Without a vector the decision is made without the model, and says so.
func (c *router) encode(s *stream, query string, next func() types.Action) types.Action {
	client := c.plugin.encoder
	vector, call := client.Want(query, nowMS())
	if call == nil {
		s.request.Encoded(vector)
		return next()
	}
	e := client.Encoder
	to := outgoing{
		name: "the encoder", cluster: e.Cluster, authority: e.Authority, path: e.Path, body: call.Body, deadlineMS: int64(e.DeadlineMS),
	}
	err := c.dispatch(to, func() { client.Abandon(call) }, func(status int, body []byte) types.Action {
		c.take(s, client, call, status, body)
		return next()
	})
	if err != nil {
		c.take(s, client, call, 0, nil)
		return next()
	}
	return types.ActionPause
}

// take takes what came of a call.
func (c *router) take(s *stream, client *encoder.Client, call *encoder.Call, status int, body []byte) {
	now := nowMS()
	vector, events, err := client.Done(call, status, body, now)
	if err != nil {
		proxywasm.LogWarn("routeiq: the encoder's answer cannot be read: " + err.Error())
	}
	c.plugin.meter.transitions(events, now)
	s.request.Encoded(vector)
}
