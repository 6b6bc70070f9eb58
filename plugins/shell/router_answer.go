package shell

import (
	"strconv"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/abi"
)

// OnHttpResponseHeaders implements types.HttpContext. An answer that no adapter passed on was made by the proxy: it is
// replaced by an error in the dialect of the API called.
func (c *router) OnHttpResponseHeaders(int, bool) (action types.Action) {
	defer rescue("response headers", &action)
	if c.replied {
		return types.ActionContinue
	}
	if c.stream != nil && c.stream.answered {
		if c.status = c.stream.status; c.status == 0 {
			c.status = c.stream.last().outcome.Status
		}
		for _, h := range c.answerHeaders() {
			setResponseHeader(h[0], h[1])
		}
		return types.ActionContinue
	}
	status, err := proxywasm.GetHttpResponseHeader(":status")
	must("read the status", err)
	c.status, err = strconv.Atoi(status)
	must("read the status", err)
	c.details = codeDetails()
	return c.refuse(c.explain(c.status))
}

// explain turns the proxy's own answer into an error that says what happened, not how the proxy calls it.
func (c *router) explain(status int) *abi.Refusal {
	flags := responseFlags()
	switch {
	case status == 413:
		return c.tooLarge()
	case status == 504 || flags&(flagUpstreamTimeout|flagStreamIdle) != 0:
		return &abi.Refusal{Status: 504, Code: "deadline_exceeded", Message: "The model did not answer in time."}
	case status == 408:
		return &abi.Refusal{Status: 408, Code: "request_timeout", Message: "The request did not arrive in time."}
	case status >= 400 && status < 500 && c.stream == nil:
		return &abi.Refusal{Status: status, Code: "bad_request", Message: "The proxy refused the request."}
	case c.stream == nil:
		return &abi.Refusal{Status: 503, Code: "unavailable", Message: "The gateway could not handle the request.", RetryAfterMS: 1000}
	case c.stream.last().outcome.Status > 0:
		// What it answered was not passed on: it broke off, or the proxy made no other attempt although the module asked for one.
		last := &c.stream.last().outcome
		message := "The last deployment that was tried answered " + strconv.Itoa(last.Status) + "."
		if last.Status < 400 {
			message = "The last deployment that was tried broke off in the middle of its answer."
		}
		return &abi.Refusal{Status: 502, Code: "upstream_error", RetryAfterMS: int(last.RetryAfterMS), Message: message}
	default:
		return &abi.Refusal{
			Status: 503, Code: "upstream_unreachable", RetryAfterMS: 1000,
			Message: "None of the " + strconv.Itoa(c.stream.made) + " attempts at " + strconv.Quote(c.stream.request.Model) + " reached a deployment.",
		}
	}
}

// answerHeaders are ours on every answer to a request that was decided.
func (c *router) answerHeaders() [][2]string {
	if c.stream == nil {
		return nil
	}
	d, n := &c.stream.run.Decision, c.stream.made
	if len(d.Attempts) == 0 {
		return [][2]string{{abi.HeaderRevision, d.Revision}}
	}
	a := c.stream.attempt()
	headers := append(make([][2]string, 0, 10),
		[2]string{abi.HeaderModel, a.Group},
		[2]string{abi.HeaderDeployment, a.Deployment.ID},
		[2]string{abi.HeaderStrategy, d.Strategy},
		[2]string{abi.HeaderAttempts, strconv.Itoa(n)},
		[2]string{abi.HeaderRevision, d.Revision},
	)
	if c.plugin.config.Answer.LiteLLMHeaders {
		headers = append(headers,
			[2]string{"x-litellm-model-id", a.Deployment.ID},
			[2]string{"x-litellm-model-group", a.Group},
			[2]string{"x-litellm-call-id", c.headers.requestID},
			[2]string{"x-litellm-attempted-retries", strconv.Itoa(max(n, 1) - 1)},
			[2]string{"x-litellm-attempted-fallbacks", strconv.Itoa(c.stream.fallbacks())},
		)
	}
	return headers
}

// fallbacks counts the changes of group among the attempts made.
func (s *stream) fallbacks() int {
	n, group := 0, ""
	for i := range s.attempts {
		if !s.attempts[i].begun {
			continue
		}
		if g := s.run.Decision.Attempts[i].Group; g != group {
			n, group = n+1, g
		}
	}
	return max(n-1, 0)
}

// Envoy's response flags, as bits of the property response.flags (envoy/stream_info/stream_info.h).
const (
	flagUpstreamTimeout    = 1 << 2  // UT
	flagUpstreamConnect    = 1 << 5  // UF
	flagDownstreamGone     = 1 << 14 // DC: the client left
	flagStreamIdle         = 1 << 16 // SI
	flagDownstreamProtocol = 1 << 18 // DPE: the client broke HTTP
	flagDuration           = 1 << 22 // DT: the connection had lived long enough
	flagOverload           = 1 << 25 // OM: the proxy sheds load
	flagDownstreamReset    = 1 << 28 // DR: the client reset its HTTP/2 stream

	// flagsNobody are ends that say nothing about a deployment: the client's doing, or the proxy's.
	flagsNobody = flagDownstreamGone | flagDownstreamProtocol | flagDuration | flagOverload | flagDownstreamReset
)

// responseFlags reads the proxy's verdict on the request; 0 when it has none.
func responseFlags() uint64 {
	value, err := proxywasm.GetProperty([]string{"response", "flags"})
	if err != nil || len(value) != 8 {
		return 0
	}
	var flags uint64
	for i := 7; i >= 0; i-- {
		flags = flags<<8 | uint64(value[i])
	}
	return flags
}

// codeDetails reads why the proxy answered as it did, for the log.
func codeDetails() string {
	value, err := proxywasm.GetProperty([]string{"response", "code_details"})
	if err != nil {
		return ""
	}
	return strings.Clone(string(value))
}
