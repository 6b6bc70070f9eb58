package shell

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/plugins/inquiry"
)

// inquire makes the next call of what must be asked about a request. It returns false where one was made: the request waits, and goes on
// when there is none left to make, or the deadline of all of them has passed.
func (c *router) inquire(s *stream, i *inquiry.Inquiry) (ready bool) {
	for {
		now := nowMS()
		call := i.Next(now)
		if call == nil {
			c.inquiry = nil
			s.request.Verdict = i.Verdict(now)
			return true
		}
		c.inquiry = i
		headers := [][2]string{
			{":method", "POST"}, {":path", call.Path}, {":authority", call.Authority}, {"content-type", jsonType}, {"accept", jsonType},
			{"accept-encoding", "identity"}, {"x-request-id", c.headers.requestID},
		}
		for _, h := range call.Headers {
			headers = append(headers, [2]string{h.Name, h.Value})
		}
		done := func(count, size, _ int) { c.heard(s, i, call, count, size) }
		_, err := proxywasm.DispatchHttpCall(call.Cluster, headers, call.Body, nil, uint32(call.DeadlineMS), done)
		if err == nil {
			return false
		}
		proxywasm.LogWarn("routeiq: " + call.Name + " cannot be asked: " + err.Error())
		c.hear(i, call, 0, nil)
	}
}

// heard is called with an answer, and lets the request go on where it was the last.
func (c *router) heard(s *stream, i *inquiry.Inquiry, call *inquiry.Call, count, size int) {
	var action types.Action
	defer rescue("an answer about a request", &action)
	status := 0
	var body []byte
	if count > 0 { // else it came too late, or nobody was reached
		status = callStatus()
		body, _ = proxywasm.GetHttpCallResponseBody(0, size) // there is none: then it is no JSON
	}
	c.hear(i, call, status, body)
	if !c.inquire(s, i) {
		return
	}
	if action = c.decide(s); action == types.ActionContinue {
		must("let the request go on", proxywasm.ResumeHttpRequest())
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
