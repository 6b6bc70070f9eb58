package conformance

import (
	"bytes"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/conformance/upstream"
)

// inquire asks about the request as the module does. The time it takes passes for the inquiry alone.
func (r *request) inquire(p *abi.Prompt, turns []abi.Turn) {
	i := r.router.Inquire(&r.Request, p, turns, r.encoder)
	if i == nil {
		return
	}
	now := r.nowMS
	for call := i.Next(now); call != nil; call = i.Next(now) {
		status, body := 0, []byte(nil)
		if provider := r.upstreams[call.Cluster]; provider != nil {
			reply := provider.Respond(upstream.Seen{Method: "POST", Path: call.Path, Body: call.Body})
			took := min(1+reply.Wait.Milliseconds(), call.DeadlineMS)
			switch {
			case reply.End == upstream.Hang || took == call.DeadlineMS:
				took = call.DeadlineMS
			case reply.End == upstream.Whole:
				status, body = reply.Status, bytes.Join(reply.Chunks, nil)
			}
			now += took
		}
		_, _ = i.Done(call, status, body, now) // what cannot be read is no answer, which the decision tells
	}
	r.Verdict = i.Verdict(now)
}
