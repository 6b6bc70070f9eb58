package shell

import (
	"strconv"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/dialect"
)

// adapter is the role adapter for one attempt: it makes the request fit the deployment. What it does with the answer
// is in adapter_answer.go.
type adapter struct {
	types.DefaultHttpContext
	plugin  *plugin
	stream  *stream
	attempt *abi.Attempt
	index   int // of the attempt in the decision
	replied bool

	answer   *dialect.Answer
	stalls   bool // its silence is watched
	held     bool // the answer's headers wait for its first bytes
	head     answerHeaders
	fed      int    // bytes of the held body that were read already
	out      []byte // what they became
	edited   bool   // that is something else
	replaced bool   // the answer was made an error: what more comes of it is dropped
}

// OnHttpRequestHeaders implements types.HttpContext. The header map is the same for all attempts of a request, so it is
// taken as dirty: what a former attempt left is removed or overwritten.
func (a *adapter) OnHttpRequestHeaders(int, bool) (action types.Action) {
	defer rescue("attempt headers", &action)
	s := a.plugin.find()
	if s == nil {
		return a.refuse()
	}
	now := nowMS()
	former := s.at
	if a.attempt = s.begin(now); a.attempt == nil {
		return a.refuse()
	}
	a.stream, a.index, s.adapter = s, s.at, a
	if a.attempt.Deployment.Mock != nil {
		a.replied = true
		s.pass()
		s.mock(nil)
		return types.ActionPause
	}
	a.dress(former)
	return types.ActionContinue
}

// refuse answers where there is no attempt to make: a proxy that has connections fail retries until its own count is full.
func (a *adapter) refuse() types.Action {
	a.replied = true
	sendPlain(503, "no_attempt")
	return types.ActionPause
}

// dress puts the attempt's headers on. What the former one left is taken off first.
func (a *adapter) dress(former int) {
	d, s := a.attempt.Deployment, a.stream
	for _, name := range abi.CredentialHeaders {
		removeRequestHeader(name)
	}
	for _, name := range s.router.Config().SecretHeaders {
		removeRequestHeader(name)
	}
	if s.made > 1 {
		for _, h := range s.run.Decision.Attempts[former].Deployment.Headers {
			removeRequestHeader(h.Name)
		}
	}
	for _, h := range d.Headers {
		setRequestHeader(h.Name, h.Value)
	}
	setRequestHeader(":path", a.path())
	setRequestHeader(":authority", d.Authority)
	setRequestHeader("accept-encoding", "identity")
	if s.request.API == abi.APIMessages && !s.versioned {
		setRequestHeader("anthropic-version", "2023-06-01") // the only version there is; the API refuses a request without one
	}
	if d.Credential != "" {
		setRequestHeader(abi.HeaderCredential, d.Credential)
	} else {
		removeRequestHeader(abi.HeaderCredential)
	}
	if n := s.body.RewrittenLen(a.attempt.Model, s.upstreamID, a.askUsage()); !s.responseOps && n >= 0 {
		setRequestHeader("content-length", strconv.Itoa(n))
	}
}

// askUsage tells whether the upstream is asked for the usage of a stream although the client did not ask.
func (a *adapter) askUsage() bool {
	return a.stream.router.Config().Answer.StreamUsage && a.stream.request.Stream && !a.stream.body.IncludeUsage
}

// path is where the attempt goes: for a call about one response, below the API's path and before its query, with what
// the client asked for in its own.
func (a *adapter) path() string {
	path := a.attempt.Path
	if !a.stream.responseOps {
		return path
	}
	before, query, _ := strings.Cut(path, "?")
	for _, pair := range strings.Split(a.stream.call.Query, "&") {
		// The version is the deployment's; the model only said where to look.
		if pair == "" || strings.HasPrefix(pair, "api-version=") || strings.HasPrefix(pair, modelParam) {
			continue
		}
		query += "&" + pair
	}
	path = before + dialect.ResponsePath(a.stream.call, a.stream.upstreamID)
	if query = strings.TrimPrefix(query, "&"); query != "" {
		path += "?" + query
	}
	return path
}

// OnHttpRequestBody implements types.HttpContext.
func (a *adapter) OnHttpRequestBody(size int, endOfStream bool) (action types.Action) {
	if a.stream == nil || a.replied || a.stream.responseOps {
		return types.ActionContinue
	}
	defer rescue("attempt body", &action)
	s := a.stream
	if s.body.Rewrites(a.attempt.Model, s.upstreamID, a.askUsage()) {
		if !endOfStream {
			return types.ActionPause
		}
		body, err := proxywasm.GetHttpRequestBody(0, size)
		must("read the body", err)
		must("rewrite the body", proxywasm.ReplaceHttpRequestBody(s.body.Rewrite(body, a.attempt.Model, s.upstreamID, a.askUsage())))
	}
	return types.ActionContinue
}
