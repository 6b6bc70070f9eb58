package shell

import (
	"errors"
	"strconv"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/dialect"
	"github.com/routeiq/routeiq/plugins/limit"
)

// router is the role router for one request: it reads, decides and leaves a stream for the adapters.
// What it does with the answer is in router_answer.go, with the end in router_done.go.
type router struct {
	types.DefaultHttpContext
	plugin  *plugin
	id      uint32
	headers requestHeaders
	ticket  limit.Ticket // its place among the requests handled at one time
	call    dialect.Call
	stream  *stream // nil until the request is decided
	abandon func()  // gives up the call that the request waits for; nil: it waits for none
	beganMS int64
	status  int    // the client got
	replied bool   // the answer is our own
	details string // why the proxy answered itself
}

// OnHttpRequestHeaders implements types.HttpContext.
func (c *router) OnHttpRequestHeaders(_ int, endOfStream bool) (action types.Action) {
	defer rescue("request headers", &action)
	c.beganMS = nowMS()
	headers, err := readRequestHeaders()
	if err != nil {
		return c.refuse(&abi.Refusal{Status: 400, Code: "bad_request", Message: "The request's headers could not be read."})
	}
	c.headers = headers
	for _, name := range headers.forged {
		removeRequestHeader(name)
	}
	call, refusal := dialect.ReadPath(headers.method, headers.path)
	c.call = call
	if refusal != nil {
		return c.refuse(refusal)
	}
	if call.Op == dialect.OpLive || call.Op == dialect.OpReady {
		return c.health()
	}
	if refusal := authorize(c.plugin.config, &headers); refusal != nil {
		return c.refuse(refusal)
	}
	switch call.Op {
	case dialect.OpHealthModels:
		return c.health()
	case dialect.OpModels, dialect.OpModel:
		return c.models()
	}
	if c.ticket, refusal = c.plugin.router.Admit(c.beganMS); refusal != nil {
		return c.refuse(refusal)
	}
	switch call.Op {
	case dialect.OpCreate:
		if refusal := c.acceptable(); refusal != nil {
			return c.refuse(refusal)
		}
		if endOfStream {
			return c.refuse(&abi.Refusal{Status: 400, Code: "invalid_json", Message: "The request has no body; expected a JSON object."})
		}
		return types.ActionPause
	default: // calls about one response; a body, if there is one, goes on as it is
		return c.decideByID()
	}
}

// acceptable refuses what cannot be read before it is waited for.
func (c *router) acceptable() *abi.Refusal {
	switch c.headers.contentEncoding {
	case "", "identity", "gzip":
	default:
		return &abi.Refusal{
			Status: 415, Code: "unsupported_encoding",
			Message: "The content-encoding " + strconv.Quote(c.headers.contentEncoding) + " is not supported; send the body as it is or as gzip.",
		}
	}
	if n, err := strconv.Atoi(c.headers.contentLength); err == nil && n > c.plugin.config.Limits.MaxBodyBytes {
		return c.tooLarge()
	}
	return nil
}

func (c *router) tooLarge() *abi.Refusal {
	return &abi.Refusal{
		Status: 413, Code: "request_too_large",
		Message: "The body is larger than " + strconv.Itoa(c.plugin.config.Limits.MaxBodyBytes) + " bytes (limits.max_body_bytes).",
	}
}

// OnHttpRequestBody implements types.HttpContext.
func (c *router) OnHttpRequestBody(size int, endOfStream bool) (action types.Action) {
	defer rescue("request body", &action)
	if c.stream != nil || c.replied {
		return types.ActionContinue
	}
	if size > c.plugin.config.Limits.MaxBodyBytes {
		return c.refuse(c.tooLarge())
	}
	if !endOfStream {
		return types.ActionPause
	}
	return c.decideByBody(size)
}

// OnHttpRequestTrailers implements types.HttpContext: a body with trailers ends here.
func (c *router) OnHttpRequestTrailers(int) (action types.Action) {
	defer rescue("request trailers", &action)
	if c.stream != nil || c.replied {
		return types.ActionContinue
	}
	return c.decideByBody(c.plugin.config.Limits.MaxBodyBytes)
}

func (c *router) decideByBody(size int) types.Action {
	body, err := proxywasm.GetHttpRequestBody(0, size)
	if err != nil && !errors.Is(err, types.ErrorStatusNotFound) {
		return c.refuse(&abi.Refusal{Status: 400, Code: "invalid_json", Message: "The body could not be read."})
	}
	if c.headers.contentEncoding == "gzip" {
		plain, err := dialect.Gunzip(body, c.plugin.config.Limits.MaxBodyBytes)
		switch {
		case errors.Is(err, dialect.ErrTooLarge):
			return c.refuse(c.tooLarge())
		case err != nil:
			return c.refuse(&abi.Refusal{Status: 400, Code: "invalid_encoding", Message: "The body is not valid gzip."})
		}
		body = plain
		must("replace body", proxywasm.ReplaceHttpRequestBody(plain))
		removeRequestHeader("content-encoding")
		setRequestHeader("content-length", strconv.Itoa(len(plain)))
	}
	read, refusal := dialect.ReadBody(c.call, body)
	if refusal != nil {
		return c.refuse(refusal)
	}
	s := c.begin()
	s.body = read
	q := &s.request
	q.Model, q.Stream, q.InputTokens, q.Needs, q.Asked, q.User = read.Model, read.Stream, read.InputTokens, read.Needs, read.Asked, read.User
	h := &c.headers
	if refusal := dialect.HintHeaders(&read.Hints, h.tags, h.profile, h.region, h.session); refusal != nil {
		return c.refuse(refusal)
	}
	read.Hints.Tell(q)
	q.UserAgent = h.userAgent
	if h.asks {
		if refusal := dialect.AskHeaders(&q.Asked, h.numRetries, h.timeout, h.streamTimeout); refusal != nil {
			return c.refuse(refusal)
		}
	}
	if id, deployment, ok := dialect.UnwrapResponseID(read.PreviousResponseID); ok {
		q.Pinned, s.upstreamID = deployment, id
	}
	if words, turns := c.plugin.router.Reads(q.Model); words {
		return c.decideByWords(s, body, turns)
	}
	return c.decide(s)
}

// begin returns the stream of the request, as much of it as is known of every one.
func (c *router) begin() *stream {
	s := &stream{id: c.id, router: c.plugin.router, call: c.call, versioned: c.headers.anthropicVersion}
	q := &s.request
	q.ID, q.API, q.NowMS, q.Seed = c.headers.requestID, c.call.API, c.beganMS, abi.SeedOf(c.headers.requestID)
	return s
}

// decideByWords reads a request's words for what goes by them, and decides when all is there that must be asked for.
func (c *router) decideByWords(s *stream, body []byte, turns bool) types.Action {
	prompt, all := dialect.ReadWords(c.call, body, turns)
	query := s.router.Read(&s.request, &prompt, all)
	inquire := func() types.Action {
		if i := s.router.Inquire(&s.request, &prompt, all, c.plugin.encoder); i != nil {
			return c.inquire(s, i)
		}
		return c.decide(s)
	}
	if query != "" {
		return c.encode(s, query, inquire)
	}
	return inquire()
}

// modelParam names, in the query of a call about one response, the group that made it: an id that is left as the
// upstream made it does not tell.
const modelParam = "model="

// decideByID handles a call about one response: its id tells the deployment that made it.
func (c *router) decideByID() types.Action {
	s := c.begin()
	s.responseOps, s.upstreamID = true, c.call.ResponseID
	if id, deployment, ok := dialect.UnwrapResponseID(c.call.ResponseID); ok {
		s.request.Pinned, s.upstreamID = deployment, id
	} else if s.request.Pinned = c.plugin.router.Only(abi.APIResponses, queried(c.call.Query)); s.request.Pinned == "" {
		return c.refuse(&abi.Refusal{
			Status: 404, Code: "response_not_found",
			Message: "The response " + strconv.Quote(c.call.ResponseID) + " does not tell which model made it. Add ?model=MODEL; a group of several deployments makes ids that tell.",
		})
	}
	return c.decide(s)
}

// queried returns the group a query names; "" when it names none.
func queried(query string) string {
	for _, pair := range strings.Split(query, "&") {
		if group, ok := strings.CutPrefix(pair, modelParam); ok {
			return group
		}
	}
	return ""
}

// decide routes and hands the request over to the proxy.
func (c *router) decide(s *stream) types.Action {
	if !c.choose(s) {
		return c.refuse(&abi.Refusal{Status: 503, Code: "module_failed", Message: "The gateway could not decide."})
	}
	c.stream = s
	if s.run.Decision.Refusal != nil {
		return c.refuse(s.run.Decision.Refusal)
	}
	s.attempts = make([]progress, len(s.run.Decision.Attempts))
	if s.run.Planned().Deployment.Mock != nil {
		s.begin(c.beganMS)
		s.mock(c.answerHeaders())
		c.replied, c.status = true, 200
		return types.ActionPause
	}
	c.plugin.open(s)
	must("name the stream", proxywasm.SetProperty([]string{abi.PropertyStream}, strconv.AppendUint(nil, s.key, 10)))
	s.nameNext()
	setRequestHeader(abi.HeaderEnvoyMaxRetries, strconv.Itoa(len(s.attempts)-1))
	if ms := s.run.TimeoutMS(); ms > 0 {
		setRequestHeader(abi.HeaderEnvoyTimeout, strconv.Itoa(ms))
	}
	if ms := s.run.FirstEventMS(); ms > 0 {
		setRequestHeader(abi.HeaderEnvoyPerTryTimeout, strconv.Itoa(ms))
	}
	// The proxy chose a route when the headers came; it must choose again. A proxy that always does has no such function.
	if _, err := proxywasm.CallForeignFunction("clear_route_cache", nil); err != nil && !errors.Is(err, types.ErrorStatusNotFound) {
		must("clear the route cache", err)
	}
	return types.ActionContinue
}

// choose decides. A strategy that panics is one of the module's failures: where the policy says continue, the choice is made
// without it.
func (c *router) choose(s *stream) (ok bool) {
	defer func() {
		if r := recover(); r != nil {
			proxywasm.LogCritical("routeiq: panic in a decision: " + describe(r))
			if ok = c.plugin.config.OnError == abi.OnErrorContinue; ok {
				s.run = c.plugin.router.BeginPlain(&s.request)
			}
		}
	}()
	s.run = c.plugin.router.Begin(&s.request)
	return true
}

// refuse answers with an error and ends the request here.
func (c *router) refuse(r *abi.Refusal) types.Action {
	c.replied, c.status = true, r.Status
	refuse(c.call.API, r, c.headers.requestID, c.answerHeaders()...)
	return types.ActionPause
}

func (c *router) models() types.Action {
	names := c.plugin.router.Names()
	if c.call.Op == dialect.OpModel {
		if !c.plugin.router.Knows(c.call.Model) {
			return c.refuse(&abi.Refusal{
				Status: 404, Code: "model_not_found", Param: "model",
				Message: "The model " + strconv.Quote(c.call.Model) + " does not exist or you do not have access to it.",
			})
		}
		names = []string{c.call.Model}
	}
	c.replied, c.status = true, 200
	reply(200, jsonType, dialect.ModelsBody(c.call, names, c.headers.anthropicVersion))
	return types.ActionPause
}
