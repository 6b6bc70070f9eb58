package shell

import (
	"strconv"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/dialect"
)

// OnHttpResponseHeaders implements types.HttpContext.
func (a *adapter) OnHttpResponseHeaders(_ int, endOfStream bool) (action types.Action) {
	if a.stream == nil || a.replied {
		return types.ActionContinue
	}
	defer a.rescueAnswer("answer headers", &action)
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
	a.stalls = a.attempt.Deployment.StallTimeoutMS > 0
	a.hear()
	if a.answer.NeedsBody() {
		if !endOfStream {
			a.held, a.head = true, h // its head does not tell what it is
			return types.ActionPause
		}
		a.answer.Feed(nil, true)
	}
	if class, reason := a.answer.Class(); class != abi.ClassOK && a.retry(class, reason) {
		return types.ActionContinue
	}
	a.pass(h)
	return a.finish(endOfStream)
}

// hear notes that the answer said something, where somebody waits for it.
func (a *adapter) hear() {
	if a.stalls {
		a.progress().heardMS = nowMS()
	}
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
		h.retryAfterMS = dialect.PauseMS(h.status, func(name string) string {
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

func (a *adapter) progress() *progress { return &a.stream.attempts[a.index] }

// owner is the deployment that response ids are wrapped with: none where only one could have made them.
func (a *adapter) owner() string {
	if a.stream.request.API == abi.APIResponses && a.stream.router.Shared(a.attempt.Group) {
		return a.attempt.Deployment.ID
	}
	return ""
}

// retry asks the proxy for the attempt that follows one which ended as class, if one does.
func (a *adapter) retry(class abi.Class, reason string) bool {
	s := a.stream
	if s.adapter != a || s.answered || !s.run.Retry(class, nowMS()) {
		return false
	}
	a.progress().settle(class, reason)
	s.nameNext()
	setResponseHeader(abi.HeaderRetry, seconds(s.run.PauseMS()))
	return true
}

// pass lets the answer go to the client: from here on no other attempt is made.
func (a *adapter) pass(h answerHeaders) {
	a.stream.pass()
	if a.answer.Rewrites() || a.answer.Streams() {
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
			class, reason = a.brokenClass()
		}
		p.settle(class, reason)
	}
	return types.ActionContinue
}

// brokenClass tells why an answer ended before its end. A proxy that shows a filter the end of what broke off says why.
func (a *adapter) brokenClass() (abi.Class, string) {
	switch flags := responseFlags(); {
	case a.stream.stalled:
		return abi.ClassTimeout, "stalled"
	case flags&(flagUpstreamTimeout|flagStreamIdle) != 0:
		return abi.ClassTimeout, "deadline"
	case flags != 0:
		return abi.ClassReset, "broken_off"
	}
	return abi.ClassMalformed, "truncated"
}

// OnHttpResponseBody implements types.HttpContext.
func (a *adapter) OnHttpResponseBody(size int, endOfStream bool) (action types.Action) {
	if a.answer == nil {
		return types.ActionContinue
	}
	defer a.rescueAnswer("answer body", &action)
	a.hear()
	switch {
	case a.replaced:
		must("drop what follows an error", proxywasm.ReplaceHttpResponseBody(nil))
		return types.ActionContinue
	case a.held:
		return a.look(size, endOfStream)
	case size == 0 && !endOfStream:
		return types.ActionContinue
	}
	out := a.answer.Feed(responseBody(0, size), endOfStream)
	// The end of a stream is always written: a proxy that shows a filter the end of what broke off asks whether it had a word to say.
	changed := a.answer.Rewrites() || a.answer.Changed() || endOfStream && size == 0 && a.answer.Streams()
	if endOfStream && a.answer.Streams() && !a.answer.Complete() {
		class, _ := a.brokenClass()
		out, changed = append(out, a.answer.Interrupted(interruption(class), a.stream.request.ID)...), true
	}
	if changed {
		must("rewrite the answer", proxywasm.ReplaceHttpResponseBody(out))
	}
	return a.finish(endOfStream)
}

// interruption is what a client is told of a stream that did not come to its end.
func interruption(class abi.Class) *abi.Refusal {
	if class == abi.ClassTimeout {
		return &abi.Refusal{Status: 504, Code: "deadline_exceeded", Message: "The model stopped answering in the middle of its answer."}
	}
	return &abi.Refusal{Status: 502, Code: "stream_interrupted", Message: "The connection to the model broke in the middle of its answer."}
}

// wholeBytes is how much of a whole answer is waited for before any of it is let go. Its client can use none of it before
// its end; and as long as it is held, one that breaks off is followed by another attempt.
const wholeBytes = 64 << 10

// look reads what comes of an answer whose headers are held: the proxy keeps them until it is known what the answer is. Of
// a stream that is known with its first token.
func (a *adapter) look(size int, endOfStream bool) types.Action {
	out := a.answer.Feed(responseBody(a.fed, size-a.fed), endOfStream)
	a.fed = size
	a.out = append(a.out, out...)
	a.edited = a.edited || a.answer.Changed() || a.answer.Rewrites()
	good := a.answer.Verdict() == dialect.Good
	waits := a.answer.Verdict() == dialect.Pending || good && !a.answer.Streams() && a.fed < wholeBytes
	if waits && !endOfStream {
		return types.ActionPause
	}
	class, reason := a.answer.Class()
	broken := endOfStream && class == abi.ClassOK && !a.answer.Complete()
	if broken {
		class, reason = a.brokenClass()
	}
	if passes := good && (a.answer.Streams() || class == abi.ClassOK); !passes {
		if a.retry(class, reason) {
			return types.ActionContinue
		}
		if status, body, ok := a.asError(broken || class == abi.ClassMalformed); ok {
			return a.fail(class, reason, status, body)
		}
	}
	a.held = false
	a.pass(a.head)
	if broken {
		a.out = append(a.out, a.answer.Interrupted(interruption(class), a.stream.request.ID)...)
	}
	if a.edited || len(a.out) != a.fed {
		must("rewrite the answer", proxywasm.ReplaceHttpResponseBody(a.out))
	}
	a.out = nil
	return a.finish(endOfStream)
}

// asError returns what the client gets of an answer that said "good" and is an error, or cannot be read; false where the
// answer is passed as it is.
func (a *adapter) asError(unreadable bool) (status int, body []byte, ok bool) {
	if a.head.status >= 400 {
		return 0, nil, false
	}
	if unreadable {
		return 502, dialect.ErrorBody(a.stream.request.API, &abi.Refusal{
			Status: 502, Code: "upstream_error", Message: "The model's answer could not be read.",
		}, a.stream.request.ID), true
	}
	return a.answer.AsError()
}

// fail makes an answer that said "good" what it is: an answer with an error's own status.
func (a *adapter) fail(class abi.Class, reason string, status int, body []byte) types.Action {
	a.held = false
	a.pass(a.head)
	setResponseHeader(":status", strconv.Itoa(status))
	setResponseHeader("content-type", jsonType)
	setResponseHeader("content-length", strconv.Itoa(len(body)))
	must("put the error", proxywasm.ReplaceHttpResponseBody(body))
	a.progress().outcome.Usage = a.answer.Usage()
	a.progress().settle(class, reason)
	a.stream.status = status
	a.replaced = true
	return types.ActionContinue
}

// OnHttpResponseTrailers implements types.HttpContext: an answer with trailers ends here.
func (a *adapter) OnHttpResponseTrailers(int) (action types.Action) {
	if a.answer == nil || a.replaced {
		return types.ActionContinue
	}
	defer a.rescueAnswer("answer trailers", &action)
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
