package faults

import (
	"time"

	kit "github.com/routeiq/routeiq/abi/conformance"
	"github.com/routeiq/routeiq/abi/conformance/upstream"
)

// fault is something that goes wrong with an upstream, and what must follow. Each is tried with a request for a whole answer
// (JSON) and with one for a stream, in a group with a good deployment behind the faulty one, and in one without.
type fault struct {
	name   string // in the document
	script upstream.Script
	url    string        // where no upstream of the test's is: instead of a script
	tls    string        // "untrusted" or "plaintext": the address is https, but no TLS connection comes about
	deaf   bool          // connections do not come about
	stall  time.Duration // stall_timeout; 0: stallDeadline
	// fallbacks is the key of router_settings that names the good deployment's group; empty: both are in one group.
	fallbacks string

	both         *want // for either kind of request
	json, stream *want // else for one of them; nil: the fault does not exist there
}

// want is what one fault must lead to.
type want struct {
	pair, alone string  // what the client sees and the attempts' classes, with a good deployment behind and without
	breaker     breaker // of the faulty deployment
	// after is when the request with a good deployment behind, and the one without, are over; 0: at once.
	after [2]time.Duration
	envoy *other // what is different in Envoy; nil: nothing is
}

// other is what is different in Envoy.
type other struct {
	pair, alone string // empty: as in the host
	breaker     breaker
	why         string
}

// breaker is what one failure means for the deployment's breaker.
type breaker string

// What there is.
const (
	nothing breaker = "nothing"       // it stays closed, however often it comes
	counts  breaker = "counts"        // so many open it
	opens   breaker = "opens at once" // one opens it
)

// Deadlines of the configuration. They differ, so that the time tells which of them ended an attempt, and are long for a
// machine that serves 64 requests at once beside other tests.
const (
	wholeDeadline = 5 * time.Second
	firstDeadline = 2 * time.Second
	stallDeadline = 2500 * time.Millisecond
	connectLimit  = time.Second
	late          = 3 * time.Second // of an answer that comes too late for firstDeadline and stallDeadline
)

// long is the size of an answer of which the half is longer than what the module holds of one.
const long = 300 << 10

// Results that stand in several cells.
const (
	unreached = "503 upstream_unreachable from faulty: connect, connect"
	lost      = "503 upstream_unreachable from faulty: connect, reset"
)

// cutInEnvoy is why a stream that breaks in its middle ends otherwise there.
const cutInEnvoy = "when an upstream's connection breaks in mid-stream Envoy resets the client's stream and calls no filter that could still write"

// at makes want.after.
func at(pair, alone time.Duration) [2]time.Duration { return [2]time.Duration{pair, alone} }

// faults is the matrix.
var faults = []fault{
	{name: "connection refused", url: kit.Refused,
		both: &want{pair: "200 whole from good: connect, ok", alone: unreached, breaker: counts}},
	{name: "the name does not resolve", url: kit.Unresolvable,
		both: &want{pair: "200 whole from good: connect, ok", alone: unreached, breaker: counts}},
	{name: "the connection does not come about", deaf: true,
		both: &want{pair: "200 whole from good: connect, ok", alone: unreached, breaker: counts, after: at(connectLimit, 2*connectLimit)}},
	{name: "TLS: nobody trusts the certificate", tls: "untrusted",
		both: &want{pair: "200 whole from good: connect, ok", alone: unreached, breaker: counts}},
	{name: "TLS: the port answers in plain text", tls: "plaintext",
		both: &want{pair: "200 whole from good: connect, ok", alone: unreached, breaker: counts}},
	{name: "reset before the headers", script: upstream.Script{End: upstream.Reset},
		both: &want{pair: "200 whole from good: connect, ok", alone: lost, breaker: counts}},
	{name: "closed before the headers", script: upstream.Script{End: upstream.Close},
		both: &want{pair: "200 whole from good: connect, ok", alone: lost, breaker: counts}},
	{name: "what comes is no HTTP", script: upstream.Script{End: upstream.Garble},
		both: &want{pair: "200 whole from good: connect, ok", alone: lost, breaker: counts}},
	{name: "reset behind the headers", script: upstream.Script{End: upstream.ResetAfterHeaders},
		both: &want{pair: "200 whole from good: reset, ok", alone: "502 upstream_error from faulty: reset, reset", breaker: counts}},

	{name: "429 with retry-after", script: upstream.Script{Status: 429, Header: [][2]string{{"retry-after", "40"}}},
		both: &want{pair: "200 whole from good: rate_limited, ok", alone: "429 rate_limit_exceeded from faulty: rate_limited", breaker: opens}},
	{name: "429 without retry-after", script: upstream.Script{Status: 429},
		both: &want{pair: "200 whole from good: rate_limited, ok", alone: "429 rate_limit_exceeded from faulty: rate_limited", breaker: counts}},
	{name: "500", script: upstream.Script{Status: 500},
		both: &want{pair: "200 whole from good: server_error, ok", alone: "500 server_error from faulty: server_error, server_error", breaker: counts}},
	{name: "500, encoded with gzip", script: upstream.Script{Status: 500, Gzip: true},
		both: &want{pair: "200 whole from good: server_error, ok", alone: "500 server_error from faulty: server_error, server_error", breaker: counts}},
	{name: "503", script: upstream.Script{Status: 503},
		both: &want{pair: "200 whole from good: server_error, ok", alone: "503 server_error from faulty: server_error, server_error", breaker: counts}},
	{name: "529", script: upstream.Script{Status: 529},
		both: &want{pair: "200 whole from good: server_error, ok", alone: "529 server_error from faulty: server_error, server_error", breaker: counts}},
	{name: "401", script: upstream.Script{Status: 401},
		both: &want{pair: "200 whole from good: auth, ok", alone: "401 invalid_api_key from faulty: auth", breaker: opens}},
	{name: "404: no such model", script: upstream.Script{Status: 404},
		both: &want{pair: "200 whole from good: not_found, ok", alone: "404 model_not_found from faulty: not_found", breaker: counts}},
	{name: "400: the request is wrong", script: upstream.Script{Status: 400},
		both: &want{pair: "400 invalid_value from faulty: client_error", alone: "400 invalid_value from faulty: client_error", breaker: nothing}},
	{name: "400: the input is too long", script: upstream.Script{Status: 400, Error: "context"},
		both: &want{pair: "400 context_length_exceeded from faulty: context_window", alone: "400 context_length_exceeded from faulty: context_window", breaker: nothing}},
	{name: "400: the input is too long; context_window_fallbacks", script: upstream.Script{Status: 400, Error: "context"}, fallbacks: "context_window_fallbacks",
		both: &want{pair: "200 whole from good: context_window, ok", alone: "400 context_length_exceeded from faulty: context_window", breaker: nothing}},
	{name: "400, encoded with gzip: the input is too long; context_window_fallbacks", script: upstream.Script{Status: 400, Error: "context", Gzip: true}, fallbacks: "context_window_fallbacks",
		both: &want{pair: "200 whole from good: context_window, ok", alone: "400 context_length_exceeded from faulty: context_window", breaker: nothing}},
	{name: "400: a content policy", script: upstream.Script{Status: 400, Error: "content"},
		both: &want{pair: "400 content_filter from faulty: content_policy", alone: "400 content_filter from faulty: content_policy", breaker: nothing}},
	{name: "400: a content policy; content_policy_fallbacks", script: upstream.Script{Status: 400, Error: "content"}, fallbacks: "content_policy_fallbacks",
		both: &want{pair: "200 whole from good: content_policy, ok", alone: "400 content_filter from faulty: content_policy", breaker: nothing}},

	{name: "nothing comes", script: upstream.Script{End: upstream.Hang},
		json:   &want{pair: "504 deadline_exceeded from faulty: timeout", alone: "504 deadline_exceeded from faulty: timeout", breaker: counts, after: at(wholeDeadline, wholeDeadline)},
		stream: &want{pair: "200 whole from good: timeout, ok", alone: "504 deadline_exceeded from faulty: timeout, timeout", breaker: counts, after: at(firstDeadline, 2*firstDeadline)}},
	{name: "nothing comes behind the headers", script: upstream.Script{End: upstream.HangAfterHeaders},
		json:   &want{pair: "504 deadline_exceeded from faulty: timeout", alone: "504 deadline_exceeded from faulty: timeout", breaker: counts, after: at(wholeDeadline, wholeDeadline)},
		stream: &want{pair: "200 whole from good: timeout, ok", alone: "504 deadline_exceeded from faulty: timeout, timeout", breaker: counts, after: at(firstDeadline, 2*firstDeadline)}},
	{name: "the first byte comes late", script: upstream.Script{Wait: late},
		json:   &want{pair: "200 whole from faulty: ok", alone: "200 whole from faulty: ok", breaker: nothing, after: at(late, late)},
		stream: &want{pair: "200 whole from good: timeout, ok", alone: "504 deadline_exceeded from faulty: timeout, timeout", breaker: counts, after: at(firstDeadline, 2*firstDeadline)}},
	// Both deadlines pass in one turn of Envoy's event loop here: what the first of them ended, the other must not touch.
	{name: "the headers come at once, the first event late", script: upstream.Script{Wait: late, WaitAfterHeaders: true}, stall: firstDeadline,
		json:   &want{pair: "200 whole from faulty: ok", alone: "200 whole from faulty: ok", breaker: nothing, after: at(late, late)},
		stream: &want{pair: "200 whole from good: timeout, ok", alone: "504 deadline_exceeded from faulty: timeout, timeout", breaker: counts, after: at(firstDeadline, 2*firstDeadline)}},
	{name: "nothing more comes, in the middle of the answer", script: upstream.Script{End: upstream.Stall},
		json: &want{pair: "504 deadline_exceeded from faulty: timeout", alone: "504 deadline_exceeded from faulty: timeout", breaker: counts, after: at(wholeDeadline, wholeDeadline)},
		stream: &want{pair: "200 error event deadline_exceeded from faulty: timeout", alone: "200 error event deadline_exceeded from faulty: timeout", breaker: counts, after: at(stallDeadline, stallDeadline),
			envoy: &other{pair: "200 cut from faulty: timeout", alone: "200 cut from faulty: timeout",
				why: "the module's clock finds the silence, and all that a filter can do to a stream from there is to reset it"}}},

	{name: "nothing more comes, in the middle of an answer longer than 64 KiB", script: upstream.Script{End: upstream.Stall, Size: long},
		json: &want{pair: "200 cut from faulty: timeout", alone: "200 cut from faulty: timeout", breaker: counts, after: at(stallDeadline, stallDeadline)}},
	{name: "the stream is not over when `timeout` is", script: upstream.Script{Events: 40, Every: 200 * time.Millisecond},
		stream: &want{pair: "200 error event deadline_exceeded from faulty: timeout", alone: "200 error event deadline_exceeded from faulty: timeout", breaker: counts, after: at(wholeDeadline, wholeDeadline),
			envoy: &other{pair: "200 cut from faulty: timeout", alone: "200 cut from faulty: timeout",
				why: "Envoy's timer resets the client's stream, and calls no filter that could still write"}}},

	{name: "the answer ends in its middle, as HTTP wants it", script: upstream.Script{End: upstream.Stop},
		json:   &want{pair: "200 whole from good: malformed, ok", alone: "502 upstream_error from faulty: malformed, malformed", breaker: counts},
		stream: &want{pair: "200 error event stream_interrupted from faulty: malformed", alone: "200 error event stream_interrupted from faulty: malformed", breaker: counts}},
	{name: "the connection closes in the middle of the answer", script: upstream.Script{End: upstream.Break},
		json: &want{pair: "200 whole from good: reset, ok", alone: "502 upstream_error from faulty: reset, reset", breaker: counts},
		stream: &want{pair: "200 error event stream_interrupted from faulty: reset", alone: "200 error event stream_interrupted from faulty: reset", breaker: counts,
			envoy: &other{pair: "200 cut from faulty: reset", alone: "200 cut from faulty: reset", why: cutInEnvoy}}},
	{name: "the connection closes in the middle of an answer longer than 64 KiB", script: upstream.Script{End: upstream.Break, Size: long},
		json: &want{pair: "200 cut from faulty: reset", alone: "200 cut from faulty: reset", breaker: counts}},
	{name: "the answer ends in its middle, as HTTP wants it, and is longer than 64 KiB", script: upstream.Script{End: upstream.Stop, Size: long},
		json: &want{pair: "200 half from faulty: malformed", alone: "200 half from faulty: malformed", breaker: counts}},
	{name: "reset in the middle of the answer", script: upstream.Script{End: upstream.ResetInBody, Every: 5 * time.Millisecond},
		json: &want{pair: "200 whole from good: reset, ok", alone: "502 upstream_error from faulty: reset, reset", breaker: counts},
		stream: &want{pair: "200 error event stream_interrupted from faulty: reset", alone: "200 error event stream_interrupted from faulty: reset", breaker: counts,
			envoy: &other{pair: "200 cut from faulty: reset", alone: "200 cut from faulty: reset", why: cutInEnvoy}}},
	{name: "content-length states more than comes", script: upstream.Script{LengthOff: 60},
		json: &want{pair: "200 whole from good: reset, ok", alone: "502 upstream_error from faulty: reset, reset", breaker: counts},
		stream: &want{pair: "200 whole from faulty: ok", alone: "200 whole from faulty: ok", breaker: nothing,
			envoy: &other{pair: "200 cut from faulty: reset", alone: "200 cut from faulty: reset", breaker: counts,
				why: "all events came, and the client has them; but to Envoy the connection broke before the answer's end"}}},
	{name: "content-length states less than comes", script: upstream.Script{LengthOff: -60},
		json:   &want{pair: "200 whole from good: malformed, ok", alone: "502 upstream_error from faulty: malformed, malformed", breaker: counts},
		stream: &want{pair: "200 error event stream_interrupted from faulty: malformed", alone: "200 error event stream_interrupted from faulty: malformed", breaker: counts}},

	{name: "a 200 that is an error: the first event, or the JSON", script: upstream.Script{ErrorFirst: true},
		both: &want{pair: "200 whole from good: server_error, ok", alone: "500 server_error from faulty: server_error, server_error", breaker: counts}},
	{name: "a 200 that is an error of the request (400)", script: upstream.Script{ErrorFirst: true, Error: "invalid"},
		both: &want{pair: "400 invalid_value from faulty: client_error", alone: "400 invalid_value from faulty: client_error", breaker: nothing}},
	{name: "an opening event, then an error event", script: upstream.Script{ErrorOpened: true},
		stream: &want{pair: "200 whole from good: server_error, ok", alone: "500 server_error from faulty: server_error, server_error", breaker: counts}},
	{name: "an error event in the middle of the stream", script: upstream.Script{ErrorLater: true},
		stream: &want{pair: "200 error event server_error from faulty: server_error", alone: "200 error event server_error from faulty: server_error", breaker: counts}},
	{name: "an error as JSON with 200, where a stream was asked for", script: upstream.Script{Status: 200, Body: []byte(`{"error":{"message":"The upstream broke.","type":"server_error","param":null,"code":"server_error"}}`)},
		stream: &want{pair: "200 whole from good: server_error, ok", alone: "500 server_error from faulty: server_error, server_error", breaker: counts}},
	{name: "a page of HTML with 200", script: upstream.Script{Status: 200, Body: []byte("<html>Bad gateway</html>"), Header: [][2]string{{"content-type", "text/html"}}},
		both: &want{pair: "200 whole from good: malformed, ok", alone: "502 upstream_error from faulty: malformed, malformed", breaker: counts}},
	{name: "garbage as an event stream", script: upstream.Script{Status: 200, Body: []byte("\x00\x01\x02 no event stream"), Header: [][2]string{{"content-type", "text/event-stream"}}},
		stream: &want{pair: "200 whole from good: malformed, ok", alone: "502 upstream_error from faulty: malformed, malformed", breaker: counts}},
}
