package shell

import (
	"strconv"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/plugins/encoder"
)

// encode finds the vector of a request's words. It returns false where the encoder was asked: the request waits, and goes on when the
// answer is there or its deadline has passed. Without a vector the decision is made without the model, and says so.
func (c *router) encode(s *stream, query string) (ready bool) {
	client := c.plugin.encoder
	vector, call := client.Want(query, nowMS())
	if call == nil {
		s.request.Encoded(vector)
		return true
	}
	e := client.Encoder
	headers := [][2]string{
		{":method", "POST"}, {":path", e.Path}, {":authority", e.Authority}, {"content-type", jsonType}, {"accept", jsonType},
		{"accept-encoding", "identity"}, {"x-request-id", c.headers.requestID},
	}
	done := func(count, size, _ int) { c.encoded(s, call, count, size) }
	if _, err := proxywasm.DispatchHttpCall(e.Cluster, headers, call.Body, nil, uint32(e.DeadlineMS), done); err != nil {
		proxywasm.LogWarn("routeiq: the encoder cannot be asked: " + err.Error())
		c.take(s, call, 0, nil)
		return true
	}
	return false
}

// encoded is called with the encoder's answer, and lets the request go on.
func (c *router) encoded(s *stream, call *encoder.Call, count, size int) {
	var action types.Action
	defer rescue("the encoder's answer", &action)
	status := 0
	var body []byte
	if count > 0 { // else it came too late, or the encoder was not reached
		status = callStatus()
		body, _ = proxywasm.GetHttpCallResponseBody(0, size) // there is none: then it is no JSON
	}
	c.take(s, call, status, body)
	if action = c.decide(s); action == types.ActionContinue {
		must("let the request go on", proxywasm.ResumeHttpRequest())
	}
}

// take takes what came of a call.
func (c *router) take(s *stream, call *encoder.Call, status int, body []byte) {
	now := nowMS()
	vector, events, err := c.plugin.encoder.Done(call, status, body, now)
	if err != nil {
		proxywasm.LogWarn("routeiq: the encoder's answer cannot be read: " + err.Error())
	}
	c.plugin.meter.transitions(events, now)
	s.request.Encoded(vector)
}

// callStatus is the status of the answer to the module's own call whose callback runs; 0: it has none.
func callStatus() int {
	headers, err := proxywasm.GetHttpCallResponseHeaders()
	if err != nil {
		return 0
	}
	for _, line := range headers {
		if line[0] == ":status" {
			status, _ := strconv.Atoi(line[1])
			return status
		}
	}
	return 0
}
