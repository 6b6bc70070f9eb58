package conformance

import (
	"errors"
	"strings"

	"github.com/routeiq/routeiq/abi"
	kit "github.com/routeiq/routeiq/abi/conformance"
	"github.com/routeiq/routeiq/abi/conformance/upstream"
	"github.com/routeiq/routeiq/plugins/dialect"
	"github.com/routeiq/routeiq/plugins/logline"
	"github.com/routeiq/routeiq/plugins/routing"
)

// request is one call for a model on its way through the core.
type request struct {
	*session
	call *kit.Call
	read dialect.Call

	text       []byte // the body
	body       dialect.Body
	upstreamID string // the response the call is about
	abi.Request
	decision abi.Decision
	outcomes []abi.Outcome
}

// serve reads, decides, makes the attempts and settles them.
func (r *request) serve() *kit.Answer {
	if refusal := r.understand(); refusal != nil {
		return refused(r.read, refusal, r.call.ID)
	}
	r.ID, r.API, r.NowMS, r.Seed = r.call.ID, r.read.API, r.nowMS, abi.SeedOf(r.call.ID)
	r.decision = r.router.Route(&r.Request)
	answer := &kit.Answer{}
	if r.decision.Refusal != nil {
		answer = refused(r.read, r.decision.Refusal, r.call.ID)
	}
	for i := range r.decision.Attempts {
		var next *abi.Attempt
		if i+1 < len(r.decision.Attempts) {
			next = &r.decision.Attempts[i+1]
		}
		outcome, got, passed := r.attempt(&r.decision.Attempts[i], next == nil)
		r.outcomes = append(r.outcomes, outcome)
		if answer = got; passed || next == nil || !routing.Worth(outcome.Class, &r.decision.Attempts[i], next) {
			break
		}
	}
	r.router.Release(&r.Request, &r.decision, len(r.outcomes))
	r.router.Settle(&r.Request, &r.decision, r.outcomes, r.nowMS)
	line := logline.Line{Request: r.Request, Decision: r.decision, Outcomes: r.outcomes, Status: answer.Status}
	r.lines[r.call.ID] = line.Append(nil)
	return answer
}

// understand reads the call as the module's router role does.
func (r *request) understand() *abi.Refusal {
	if r.read.Op != dialect.OpCreate {
		if id, deployment, ok := dialect.UnwrapResponseID(r.read.ResponseID); ok {
			r.Pinned, r.upstreamID = deployment, id
		} else if r.Pinned, r.upstreamID = r.router.Only(abi.APIResponses, asked(r.read.Query)), r.read.ResponseID; r.Pinned == "" {
			return &abi.Refusal{Status: 404, Code: "response_not_found", Message: "The response was not made here."}
		}
		return nil
	}
	r.text = r.call.Body
	if header(r.call, "content-encoding") == "gzip" {
		plain, err := dialect.Gunzip(r.text, r.config.Limits.MaxBodyBytes)
		switch {
		case errors.Is(err, dialect.ErrTooLarge):
			return &abi.Refusal{Status: 413, Code: "request_too_large", Message: "The body is too large."}
		case err != nil:
			return &abi.Refusal{Status: 400, Code: "invalid_encoding", Message: "The body is not valid gzip."}
		}
		r.text = plain
	}
	body, refusal := dialect.ReadBody(r.read, r.text)
	if refusal != nil {
		return refusal
	}
	r.body = body
	r.Model, r.Stream, r.InputTokens, r.Needs = body.Model, body.Stream, body.InputTokens, body.Needs
	if id, deployment, ok := dialect.UnwrapResponseID(body.PreviousResponseID); ok {
		r.Pinned, r.upstreamID = deployment, id
	}
	return nil
}

// asked is the group that the query of a call about a response names; "" when it names none.
func asked(query string) string {
	for pair := range strings.SplitSeq(query, "&") {
		if name, ok := strings.CutPrefix(pair, "model="); ok {
			return name
		}
	}
	return ""
}

// attempt makes one attempt: it asks the scripted upstream and reads what comes. passed tells that the client has seen
// something of it, or has seen enough: there is no other attempt then.
func (r *request) attempt(a *abi.Attempt, last bool) (outcome abi.Outcome, answer *kit.Answer, passed bool) {
	d := a.Deployment
	outcome = abi.Outcome{Deployment: d.ID, DurationMS: 1}
	if d.Mock != nil {
		_, text := dialect.Mock(r.API, a.Model, *d.Mock, &r.body, r.ID, r.nowMS)
		outcome.Class, outcome.Status, outcome.Usage = abi.ClassOK, 200, dialect.MockUsage(r.API, *d.Mock, &r.body)
		return outcome, &kit.Answer{Status: 200, Body: text}, true
	}
	provider := r.upstreams[d.Cluster]
	if provider == nil {
		outcome.Class = abi.ClassConnect
		return outcome, r.unreachable(), false
	}
	reply := provider.Respond(upstream.Seen{Method: r.call.Method, Path: r.path(a), Body: r.rewritten(a)})
	hangs := reply.End == upstream.Hang || reply.End == upstream.HangAfterHeaders
	switch {
	case hangs && r.call.Leaves >= 0:
		outcome.Class = abi.ClassCancelled
		return outcome, &kit.Answer{Left: true}, true
	case hangs && r.Stream && d.StreamTimeoutMS > 0:
		outcome.Class, outcome.DurationMS = abi.ClassTimeout, int64(d.StreamTimeoutMS)
		r.nowMS += int64(d.StreamTimeoutMS)
		return outcome, r.unreachable(), false
	case reply.End == upstream.HangAfterHeaders && !r.Stream:
		outcome.Class, outcome.Status = abi.ClassTimeout, reply.Status
		r.nowMS += int64(d.TimeoutMS)
		return outcome, &kit.Answer{Status: reply.Status, Cut: true}, true
	case hangs:
		outcome.Class = abi.ClassTimeout
		r.nowMS += int64(d.TimeoutMS)
		return outcome, refused(r.read, &abi.Refusal{Status: 504, Code: "deadline_exceeded", Message: "It took too long."}, r.ID), true
	case reply.End == upstream.Reset || reply.End == upstream.Close || reply.End == upstream.Garble:
		// A proxy tells the module of a lost connection only when it makes no other attempt.
		if outcome.Class = abi.ClassConnect; last {
			outcome.Class = abi.ClassReset
		}
		return outcome, r.unreachable(), false
	}
	return r.readAnswer(a, reply, outcome)
}

// unreachable is what a client gets when no attempt had an answer.
func (r *request) unreachable() *kit.Answer {
	return refused(r.read, &abi.Refusal{Status: 503, Code: "upstream_unreachable", Message: "No deployment was reached."}, r.ID)
}

// readAnswer feeds an answer to the dialect, chunk by chunk.
func (r *request) readAnswer(a *abi.Attempt, reply upstream.Reply, outcome abi.Outcome) (abi.Outcome, *kit.Answer, bool) {
	options := dialect.AnswerOptions{Status: reply.Status, Stream: r.Stream, HideUsage: r.asksUsage(), InputTokens: r.InputTokens}
	for _, h := range reply.Header {
		switch h[0] {
		case "content-type":
			options.ContentType = h[1]
		case "content-encoding":
			options.ContentEncoding = h[1]
		}
	}
	if r.API == abi.APIResponses && r.router.Shared(a.Group) {
		options.Owner = a.Deployment.ID
	}
	options.Stored = r.read.Op != dialect.OpCreate
	reader := dialect.NewAnswer(r.API, options)
	defer reader.Close()
	answer := &kit.Answer{Status: reply.Status}
	late := false
	broken := reply.End == upstream.Break || reply.End == upstream.ResetAfterHeaders
	for i, chunk := range reply.Chunks {
		if r.call.Leaves > 0 && i >= r.call.Leaves {
			answer.Left = true
			break
		}
		if spent := int64(i) * reply.Every.Milliseconds(); a.Deployment.TimeoutMS > 0 && spent > int64(a.Deployment.TimeoutMS) {
			late = true
			break
		}
		answer.Body = append(answer.Body, reader.Feed(chunk, !broken && i == len(reply.Chunks)-1)...)
	}
	outcome.Status, outcome.Usage = reply.Status, reader.Usage()
	outcome.Class, outcome.Reason = reader.Class()
	// The module looks at a stream's first event before it lets it go; a whole answer goes at once.
	held := strings.HasPrefix(options.ContentType, "text/event-stream")
	passed := reply.Status < 400 && !(held && reader.Verdict() == dialect.Bad)
	switch {
	case answer.Left:
		outcome.Class = abi.ClassCancelled
	case late:
		outcome.Class, answer.Cut = abi.ClassTimeout, true
	case broken && held && reader.Verdict() == dialect.Pending: // nothing of it reached the client
		outcome.Class, passed = abi.ClassReset, false
	case broken:
		outcome.Class, answer.Cut = abi.ClassReset, true
	case outcome.Class == abi.ClassOK && !reader.Complete():
		outcome.Class = abi.ClassMalformed
	}
	return outcome, answer, passed
}

func (r *request) asksUsage() bool {
	return r.config.Answer.StreamUsage && r.Stream && !r.body.IncludeUsage
}

// rewritten is the body for one attempt.
func (r *request) rewritten(a *abi.Attempt) []byte {
	if r.read.Op != dialect.OpCreate {
		return r.call.Body
	}
	return r.body.Rewrite(r.text, a.Model, r.upstreamID, r.asksUsage())
}

// path is where one attempt goes.
func (r *request) path(a *abi.Attempt) string {
	if r.read.Op == dialect.OpCreate {
		return a.Path
	}
	before, query, asked := strings.Cut(a.Path, "?")
	if before += dialect.ResponsePath(r.read, r.upstreamID); asked {
		before += "?" + query
	}
	return before
}
