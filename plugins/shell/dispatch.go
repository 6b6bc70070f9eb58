package shell

import (
	"strconv"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/abi"
)

// outgoing is a call of the module's own that a request waits for.
type outgoing struct {
	name, cluster, authority, path string
	headers                        []abi.Header // beside those that all have
	body                           []byte
	deadlineMS                     int64
}

// dispatch makes a call that the request waits for. done takes the answer, of status 0 where it came too late or nobody was reached,
// and says how the request goes on; abandon is called instead where the request ends before. An error means that no call was made.
func (c *router) dispatch(o outgoing, abandon func(), done func(status int, body []byte) types.Action) error {
	headers := [][2]string{
		{":method", "POST"}, {":path", o.path}, {":authority", o.authority}, {"content-type", jsonType}, {"accept", jsonType},
		{"accept-encoding", "identity"}, {"x-request-id", c.headers.requestID},
	}
	for _, h := range o.headers {
		headers = append(headers, [2]string{h.Name, h.Value})
	}
	_, err := proxywasm.DispatchHttpCall(o.cluster, headers, o.body, nil, uint32(o.deadlineMS), func(count, size, _ int) {
		var action types.Action
		defer rescue("an answer of "+o.name, &action)
		c.abandon = nil
		status := 0
		var body []byte
		if count > 0 {
			status = callStatus()
			body, _ = proxywasm.GetHttpCallResponseBody(0, size) // there is none: then it is no JSON
		}
		if action = done(status, body); action == types.ActionContinue {
			must("let the request go on", proxywasm.ResumeHttpRequest())
		}
	})
	if err != nil {
		proxywasm.LogWarn("routeiq: " + o.name + " cannot be asked: " + err.Error())
		return err
	}
	c.abandon = abandon
	return nil
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
