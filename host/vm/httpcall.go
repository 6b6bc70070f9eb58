package vm

import (
	"context"
	"time"
)

// HTTPCall is a request a module makes on its own (proxy_http_call).
type HTTPCall struct {
	Cluster  string
	Headers  []Header // with :method, :path and :authority
	Body     []byte
	Trailers []Header
}

// HTTPResponse is what it gets.
type HTTPResponse struct {
	Headers  *Headers // with :status
	Body     []byte
	Trailers *Headers
}

// Caller makes the HTTP calls of modules.
type Caller interface {
	// Known tells whether there is such a cluster; a call to an unknown one fails at once, as in Envoy.
	Known(cluster string) bool
	// Call makes the call and returns the whole answer. The context ends with the call's timeout or its plugin.
	Call(ctx context.Context, call HTTPCall) (*HTTPResponse, error)
}

// httpCall starts a call; the module is told of its end by proxy_on_http_call_response, with nothing when it failed.
func (p *Plugin) httpCall(call HTTPCall, timeout time.Duration) (token uint32, status Status) {
	v := p.vm
	h := &Headers{lines: call.Headers}
	for _, name := range []string{":method", ":path", ":authority"} {
		if h.Value(name) == "" {
			return 0, StatusBadArgument
		}
	}
	caller := v.module.options.Caller
	if caller == nil || !caller.Known(call.Cluster) {
		return 0, StatusBadArgument
	}
	v.lastCall++
	token = v.lastCall
	v.spawn(func() {
		ctx, cancel := p.life, context.CancelFunc(func() {})
		if timeout > 0 {
			ctx, cancel = context.WithTimeout(ctx, timeout)
		}
		defer cancel()
		response, err := caller.Call(ctx, call)
		p.answer(token, response, err)
	})
	return token, StatusOK
}

// answer runs the module's callback for a call.
func (p *Plugin) answer(token uint32, response *HTTPResponse, err error) {
	p.run(func(v *VM) error {
		if err != nil {
			v.module.options.Log.Debug("a module's HTTP call failed", "plugin", p.config.RootID, "reason", err)
			response, p.status = &HTTPResponse{}, StatusBrokenConnection
		}
		p.response = response
		v.stack = [8]uint64{uint64(p.scope.id), uint64(token), uint64(response.Headers.Len()),
			uint64(len(response.Body)), uint64(response.Trailers.Len())}
		_, err := v.call(v.fn.callResponse, p.scope)
		p.response, p.status = nil, StatusOK
		return err
	})
}
