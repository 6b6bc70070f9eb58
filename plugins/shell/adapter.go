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
	index   int
	replied bool

	answer *dialect.Answer
	held   bool   // the answer's headers wait for its first bytes
	fed    int    // bytes of the held body that were read already
	out    []byte // what they became, when the answer is rewritten
}

// OnHttpRequestHeaders implements types.HttpContext. The header map is the same for all attempts of a request, so it is
// taken as dirty: what a former attempt left is removed or overwritten.
func (a *adapter) OnHttpRequestHeaders(int, bool) (action types.Action) {
	defer rescue("attempt headers", &action)
	s := a.plugin.find()
	if s == nil || s.next() == nil {
		a.replied = true
		sendPlain(503, "no_attempt")
		return types.ActionPause
	}
	a.stream, a.index, a.attempt = s, len(s.attempts), s.next()
	s.attempts = append(s.attempts, progress{beganMS: nowMS()})
	if s.next() != nil {
		must("name the next cluster", s.setNext(a.index+1))
	}
	if a.attempt.Deployment.Mock != nil {
		a.replied = true
		s.pass()
		s.mock(a.attempt, nil)
		return types.ActionPause
	}
	a.dress()
	return types.ActionContinue
}

// dress puts the attempt's headers on.
func (a *adapter) dress() {
	d, s := a.attempt.Deployment, a.stream
	for _, name := range abi.CredentialHeaders {
		removeRequestHeader(name)
	}
	for _, name := range s.router.Config().SecretHeaders {
		removeRequestHeader(name)
	}
	if a.index > 0 {
		for _, h := range s.decision.Attempts[a.index-1].Deployment.Headers {
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
	if !s.body.Rewrites(a.attempt.Model, s.upstreamID, a.askUsage()) {
		return types.ActionContinue
	}
	if !endOfStream {
		return types.ActionPause
	}
	body, err := proxywasm.GetHttpRequestBody(0, size)
	must("read the body", err)
	must("rewrite the body", proxywasm.ReplaceHttpRequestBody(s.body.Rewrite(body, a.attempt.Model, s.upstreamID, a.askUsage())))
	return types.ActionContinue
}
