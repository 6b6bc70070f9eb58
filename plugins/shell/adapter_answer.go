package shell

import (
	"strconv"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/dialect"
	"github.com/routeiq/routeiq/plugins/routing"
)

// OnHttpResponseHeaders implements types.HttpContext.
func (a *adapter) OnHttpResponseHeaders(_ int, endOfStream bool) (action types.Action) {
	if a.stream == nil || a.replied {
		return types.ActionContinue
	}
	defer rescue("answer headers", &action)
	h := a.readAnswerHeaders()
	a.answer = dialect.NewAnswer(a.stream.request.API, dialect.AnswerOptions{
		Status: h.status, ContentType: h.contentType, ContentEncoding: h.contentEncoding,
		Stream: a.stream.request.Stream, HideUsage: a.askUsage(), Owner: a.owner(), InputTokens: a.stream.body.TotalTokens,
		Stored: a.stream.responseOps,
	})
	p := a.progress()
	p.answer = a.answer
	p.outcome.Status = h.status
	p.outcome.FirstByteMS = max(nowMS()-p.beganMS, 0)
	p.outcome.RetryAfterMS = h.retryAfterMS
	class, reason := a.answer.Class()
	if h.status >= 400 {
		if a.retry(class, reason) {
			return types.ActionContinue
		}
		a.pass(h)
		return a.finish(endOfStream)
	}
	if endOfStream || !isEventStream(h.contentType) {
		a.pass(h)
		return a.finish(endOfStream)
	}
	a.held = true
	return types.ActionPause
}

// answerHeaders is what the adapter needs of an upstream's headers. They are read with one host call.
type answerHeaders struct {
	status                       int
	contentType, contentEncoding string
	retryAfterMS                 int64
	ours                         []string // x-routeiq- headers of the upstream: removed
}

func (a *adapter) readAnswerHeaders() (h answerHeaders) {
	all, err := proxywasm.GetHttpResponseHeaders()
	must("read the answer's headers", err)
	for _, line := range all {
		switch name := line[0]; name {
		case ":status":
			h.status, err = strconv.Atoi(line[1])
			must("read the status", err)
		case "content-type":
			h.contentType = line[1]
		case "content-encoding":
			h.contentEncoding = line[1]
		default:
			if strings.HasPrefix(name, abi.HeaderPrefix) {
				h.ours = append(h.ours, name)
			}
		}
	}
	for _, name := range h.ours {
		removeResponseHeader(name)
	}
	if h.status == 429 || h.status >= 500 {
		h.retryAfterMS = dialect.RetryAfterMS(func(name string) string {
			for _, line := range all {
				if line[0] == name {
					return line[1]
				}
			}
			return ""
		}, nowMS())
	}
	return h
}

func isEventStream(contentType string) bool {
	return strings.HasPrefix(contentType, "text/event-stream")
}

func (a *adapter) progress() *progress { return &a.stream.attempts[a.index] }

// owner is the deployment that response ids are wrapped with: none where only one could have made them.
func (a *adapter) owner() string {
	if a.stream.request.API == abi.APIResponses && a.stream.router.Shared(a.attempt.Group) {
		return a.attempt.Deployment.ID
	}
	return ""
}

// retry asks the proxy for the next attempt if that is worth it.
func (a *adapter) retry(class abi.Class, reason string) bool {
	next := a.stream.next()
	if next == nil || a.index != len(a.stream.attempts)-1 || !routing.Worth(class, a.attempt, next) {
		return false
	}
	a.progress().settle(class, reason)
	setResponseHeader(abi.HeaderRetry, "1")
	return true
}

// pass lets the answer go to the client: from here on no other attempt is made.
func (a *adapter) pass(h answerHeaders) {
	a.stream.pass()
	if a.answer.Rewrites() {
		removeResponseHeader("content-length")
		if h.contentEncoding != "" && a.answer.Decodes() {
			removeResponseHeader("content-encoding")
		}
	}
}

// finish settles the attempt when its answer has ended.
func (a *adapter) finish(end bool) types.Action {
	if end {
		class, reason := a.answer.Class()
		p := a.progress()
		p.outcome.Usage = a.answer.Usage()
		if class == abi.ClassOK && !a.answer.Complete() {
			class, reason = abi.ClassMalformed, "truncated"
		}
		p.settle(class, reason)
	}
	return types.ActionContinue
}

// OnHttpResponseBody implements types.HttpContext.
func (a *adapter) OnHttpResponseBody(size int, endOfStream bool) (action types.Action) {
	if a.answer == nil {
		return types.ActionContinue
	}
	defer rescue("answer body", &action)
	if a.held {
		return a.look(size, endOfStream)
	}
	if size == 0 && !endOfStream {
		return types.ActionContinue
	}
	chunk := responseBody(0, size)
	out := a.answer.Feed(chunk, endOfStream)
	if a.answer.Rewrites() {
		must("rewrite the answer", proxywasm.ReplaceHttpResponseBody(out))
	}
	return a.finish(endOfStream)
}

// look reads the first bytes of a stream whose headers are held: the proxy keeps them until they have a verdict.
func (a *adapter) look(size int, endOfStream bool) types.Action {
	chunk := responseBody(a.fed, size-a.fed)
	a.fed = size
	out := a.answer.Feed(chunk, endOfStream)
	if a.answer.Rewrites() {
		a.out = append(a.out, out...)
	}
	verdict := a.answer.Verdict()
	if verdict == dialect.Pending && !endOfStream {
		return types.ActionPause
	}
	class, reason := a.answer.Class()
	if verdict == dialect.Pending { // it ended before it said anything
		class, reason = abi.ClassMalformed, "empty_stream"
	}
	if verdict != dialect.Good && a.retry(class, reason) {
		return types.ActionContinue
	}
	a.held = false
	a.pass(answerHeaders{contentEncoding: "identity"})
	if a.answer.Rewrites() {
		must("rewrite the answer", proxywasm.ReplaceHttpResponseBody(a.out))
		a.out = nil
	}
	return a.finish(endOfStream)
}

// OnHttpResponseTrailers implements types.HttpContext: an answer with trailers ends here.
func (a *adapter) OnHttpResponseTrailers(int) (action types.Action) {
	if a.answer == nil {
		return types.ActionContinue
	}
	defer rescue("answer trailers", &action)
	if a.held {
		return a.look(a.fed, true)
	}
	a.answer.Feed(nil, true)
	return a.finish(true)
}

func responseBody(start, size int) []byte {
	if size <= 0 {
		return nil
	}
	chunk, err := proxywasm.GetHttpResponseBody(start, size)
	must("read the answer", err)
	return chunk
}
