package conformance

import (
	"bytes"
	"errors"
	"strings"
	"time"

	"github.com/routeiq/routeiq/abi"
	kit "github.com/routeiq/routeiq/abi/conformance"
	"github.com/routeiq/routeiq/abi/conformance/upstream"
	"github.com/routeiq/routeiq/plugins/dialect"
	"github.com/routeiq/routeiq/plugins/logline"
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
}

// serve reads, decides, makes the attempts and settles them.
func (r *request) serve() *kit.Answer {
	r.ID, r.API, r.NowMS, r.Seed = r.call.ID, r.read.API, r.nowMS, abi.SeedOf(r.call.ID)
	if refusal := r.understand(); refusal != nil {
		return refused(r.read, refusal, r.call.ID)
	}
	ticket, refusal := r.router.Admit(r.nowMS)
	if refusal != nil {
		return refused(r.read, refusal, r.call.ID)
	}
	defer r.router.Leave(ticket)
	run := r.router.Begin(&r.Request)
	outcomes := make([]abi.Outcome, len(run.Decision.Attempts))
	answer := &kit.Answer{}
	if run.Decision.Refusal != nil {
		answer = refused(r.read, run.Decision.Refusal, r.call.ID)
	}
	for i, a := run.Advance(r.nowMS); a != nil; i, a = run.Advance(r.nowMS) {
		outcome, got, passed := r.attempt(a, run.Planned() == nil)
		outcomes[i], answer = outcome, got
		// Of an attempt that had no answer nothing is told: the planned one follows.
		if passed || outcome.Status != 0 && !run.Retry(outcome.Class, r.nowMS) {
			break
		}
	}
	run.End(outcomes, r.nowMS)
	line := logline.Line{Request: r.Request, Decision: run.Decision, Outcomes: outcomes, Status: answer.Status}
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
	r.Model, r.Stream, r.InputTokens, r.Needs, r.Asked = body.Model, body.Stream, body.InputTokens, body.Needs, body.Asked
	h := &body.Hints
	if refusal := dialect.HintHeaders(h, header(r.call, abi.HeaderTags), header(r.call, abi.HeaderProfile), header(r.call, abi.HeaderRegion), header(r.call, abi.HeaderSession)); refusal != nil {
		return refusal
	}
	h.Tell(&r.Request)
	r.UserAgent = header(r.call, "user-agent")
	r.User = body.User
	if refusal := dialect.AskHeaders(&r.Asked, header(r.call, abi.HeaderNumRetries), header(r.call, abi.HeaderTimeout), header(r.call, abi.HeaderStreamTimeout)); refusal != nil {
		return refusal
	}
	if id, deployment, ok := dialect.UnwrapResponseID(body.PreviousResponseID); ok {
		r.Pinned, r.upstreamID = deployment, id
	}
	if words, turns := r.router.Reads(r.Model); words {
		prompt, all := dialect.ReadWords(r.read, r.text, turns)
		if query := r.router.Read(&r.Request, &prompt, all); query != "" {
			r.encode(query)
		}
		r.inquire(&prompt, all)
	}
	return nil
}

// encode asks the encoder as the module does.
func (r *request) encode(query string) {
	c := r.encoder
	vector, call := c.Want(query, r.nowMS)
	if call != nil {
		status, body := 0, []byte(nil)
		if provider := r.upstreams[c.Encoder.Cluster]; provider != nil {
			reply := provider.Respond(upstream.Seen{Method: "POST", Path: c.Encoder.Path, Body: call.Body})
			if reply.End == upstream.Whole && reply.Wait < time.Duration(c.Encoder.DeadlineMS)*time.Millisecond {
				status, body = reply.Status, bytes.Join(reply.Chunks, nil)
			}
		}
		vector, _, _ = c.Done(call, status, body, r.nowMS) // what cannot be read leaves no vector, which the decision tells
	}
	r.Encoded(vector)
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
	outcome.DurationMS += (reply.Wait + reply.Every*time.Duration(len(reply.Chunks))).Milliseconds()
	if r.Stream {
		outcome.FirstByteMS = 1 + (reply.Wait + reply.Every).Milliseconds()
	}
	hangs := reply.End == upstream.Hang || reply.End == upstream.HangAfterHeaders
	switch {
	case hangs && r.call.Leaves >= 0:
		outcome.Class = abi.ClassCancelled
		return outcome, &kit.Answer{Left: true}, true
	case hangs && r.Stream && d.StreamTimeoutMS > 0:
		outcome.Class, outcome.DurationMS = abi.ClassTimeout, int64(d.StreamTimeoutMS)
		r.nowMS += int64(d.StreamTimeoutMS)
		return outcome, r.unreachable(), false
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
	held := reader.NeedsBody() // the module holds what does not tell by its head what it is; the rest goes at once
	answer := &kit.Answer{Status: reply.Status}
	outcome.RetryAfterMS = dialect.PauseMS(reply.Status, func(name string) string {
		for _, h := range reply.Header {
			if h[0] == name {
				return h[1]
			}
		}
		return ""
	}, r.nowMS)
	late := reply.End == upstream.Stall
	broken := reply.End == upstream.Break || reply.End == upstream.ResetAfterHeaders || reply.End == upstream.ResetInBody
	for i, chunk := range reply.Chunks {
		if r.call.Leaves > 0 && i >= r.call.Leaves {
			answer.Left = true
			break
		}
		if spent := int64(i) * reply.Every.Milliseconds(); a.Deployment.TimeoutMS > 0 && spent > int64(a.Deployment.TimeoutMS) {
			late = true
			break
		}
		answer.Body = append(answer.Body, reader.Feed(chunk, !broken && !late && i == len(reply.Chunks)-1)...)
	}
	outcome.Status, outcome.Usage = reply.Status, reader.Usage()
	outcome.Class, outcome.Reason = reader.Class()
	if status, body, ok := reader.AsError(); ok {
		answer.Status, answer.Body = status, body
	} else if held && outcome.Class == abi.ClassMalformed && reply.Status < 400 && reader.Verdict() == dialect.Bad {
		answer = refused(r.read, &abi.Refusal{Status: 502, Code: "upstream_error", Message: "It cannot be read."}, r.ID)
	}
	passed := reply.Status < 400 && (!held || reader.Verdict() == dialect.Good)
	switch {
	case answer.Left:
		outcome.Class, passed = abi.ClassCancelled, true
	case late:
		outcome.Class, passed = abi.ClassTimeout, true
		r.interrupt(reader, answer)
	case broken && !passed && reader.Verdict() == dialect.Pending: // nothing of it reached the client
		outcome.Class, outcome.Status = abi.ClassReset, 0
	case broken && !reader.Streams() && len(answer.Body) < wholeBytes: // nor of a whole answer that is not large
		outcome.Class, passed = abi.ClassReset, false
		answer = refused(r.read, &abi.Refusal{Status: 502, Code: "upstream_error", Message: "It broke off."}, r.ID)
	case broken:
		outcome.Class, passed = abi.ClassReset, true
		r.interrupt(reader, answer)
	case outcome.Class == abi.ClassOK && !reader.Complete() && !reader.Streams() && len(answer.Body) < wholeBytes:
		outcome.Class, passed = abi.ClassMalformed, false
		answer = refused(r.read, &abi.Refusal{Status: 502, Code: "upstream_error", Message: "It cannot be read."}, r.ID)
	case outcome.Class == abi.ClassOK && !reader.Complete():
		outcome.Class = abi.ClassMalformed
		r.interrupt(reader, answer)
		answer.Cut = false
	}
	return outcome, answer, passed
}

// wholeBytes is up to what size the module holds a whole answer until its end.
const wholeBytes = 64 << 10

// interrupt ends an answer that did not come to its end: a stream by an error, as its API tells of one.
func (r *request) interrupt(reader *dialect.Answer, answer *kit.Answer) {
	if answer.Cut = !reader.Streams(); !answer.Cut {
		answer.Body = append(answer.Body, reader.Interrupted(&abi.Refusal{Status: 502, Code: "stream_interrupted", Message: "It broke."}, r.ID)...)
	}
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
