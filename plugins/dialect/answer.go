package dialect

import (
	"bytes"
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// Verdict is what an answer's first bytes say of it, while it can still be thrown away for another attempt's.
type Verdict uint8

// The verdicts. Once it is Good or Bad it stays so.
const (
	Pending Verdict = iota // nothing of substance has come
	Good                   // it answers: what goes wrong later concerns the client
	Bad                    // it is an error
)

// AnswerOptions is what must be known of an answer before its body.
type AnswerOptions struct {
	Status          int
	ContentType     string
	ContentEncoding string
	Stream          bool   // a stream was asked for
	HideUsage       bool   // the usage at the end of a stream was asked for by us: the client does not get it
	Owner           string // the deployment's id, put into response ids (see WrapResponseID); empty: they stay
	Stored          bool   // a response made earlier is fetched: an error stated in it is not this attempt's
	InputTokens     int    // the estimate, for usage that is not stated
}

// Answer reads one upstream answer as it passes, chunk by chunk.
type Answer struct {
	api     abi.API
	variant variant
	options AnswerOptions
	form    form
	decoder *decoder // of gzip; nil: there is nothing to decode
	edited  bool     // Feed may change the plain text

	document document
	events   events
	repeat   repeat
	edits    []edit // of the event that is being read, in offsets of its data
	drop     bool   // the event is not passed on
	out      []byte // what Feed returns, where it differs from the chunk
	head     []byte // of an error's body, or of an answer that may be one

	fed      int // bytes
	ended    bool
	changed  bool // the last Feed returned other bytes than it was given
	cut      bool // an event was too long: the stream passes unread, in any pieces
	verdict  Verdict
	complete bool // a stream's last event was seen, or one that is an error
	closed   bool // the model has ended its turn
	failure  failure
	counts   counts
	text     int // bytes of output
}

// form is how a body is read.
type form uint8

const (
	formWhole  form = iota // one JSON text
	formStream             // server-sent events
	formError              // the body of a status that is none of success
	formOpaque             // encoded in a way that is not read
)

// Bounds of what is looked at for a verdict.
const (
	pendingBytes = 64 << 10 // a stream that has not said anything after these is good
	errorBytes   = 64 << 10 // of an error's body are read
)

// NewAnswer returns the reader of an answer to a call of api.
func NewAnswer(api abi.API, o AnswerOptions) *Answer {
	a := &Answer{api: api, variant: variantOf(api), options: o}
	encoded := false
	if o.ContentEncoding != "" {
		switch strings.ToLower(strings.TrimSpace(o.ContentEncoding)) {
		case "", "identity":
		case "gzip", "x-gzip":
			a.decoder = newDecoder()
		default:
			encoded = true
		}
	}
	contentType := o.ContentType
	if contentType != TypeJSON && contentType != TypeEvents { // nearly all are, so they are not searched
		contentType = strings.ToLower(contentType)
	}
	switch {
	case encoded:
		a.form = formOpaque
	case o.Status < 200 || o.Status >= 300:
		a.form = formError
	case contentType == TypeJSON:
	case strings.Contains(contentType, "event-stream"), o.Stream && !strings.Contains(contentType, "json"):
		a.form = formStream
	}
	switch a.form {
	case formWhole:
		a.edited = a.wraps()
	case formStream:
		a.edited = a.wraps() || o.HideUsage && (api == abi.APIChat || api == abi.APICompletions)
	}
	switch {
	case a.form == formError && !a.bodyMatters(), encoded && classOf(o.Status, &failure{}) != abi.ClassOK:
		a.verdict = Bad
	case encoded:
		a.verdict = Good
	}
	return a
}

// bodyMatters tells whether the class of this error depends on its body. What is not found when a stored response is asked
// for is what the client names.
func (a *Answer) bodyMatters() bool {
	return !(a.options.Stored && a.options.Status == 404) && bodyMatters(a.api, a.options.Status)
}

// NeedsBody tells, before anything was fed, whether the verdict waits for the body: for the first event that says
// something, for an error's text (to its end, or 64 KiB of it) where that decides what happens next, for the first
// member of a whole answer.
func (a *Answer) NeedsBody() bool { return a.verdict == Pending }

// Streams tells whether the answer is a stream of events that are read, so that Interrupted can end it.
func (a *Answer) Streams() bool { return a.form == formStream || a.cut }

// Changed tells whether the last Feed returned other bytes than it was given. It can happen in any stream: an event that
// is not complete is held back.
func (a *Answer) Changed() bool { return a.changed }

// Rewrites tells whether what Feed returns may differ, all in all, from what it is given, so that the answer's length is
// not known before.
func (a *Answer) Rewrites() bool { return a.decoder != nil || a.edited }

// Decodes tells whether Feed takes the answer's encoding off, so that its header must go.
func (a *Answer) Decodes() bool { return a.decoder != nil }

func (a *Answer) wraps() bool { return a.options.Owner != "" && a.api == abi.APIResponses }

// Feed takes the next bytes of the body and returns what to pass on: the chunk itself when nothing changes. An event of a
// stream that is not complete is held back for its rest, so that an error event can be put behind what was passed on; so
// is a value that is rewritten. end says that the body ends with chunk; everything left is returned then, but for an event
// without its blank line in a stream that is not complete: half a JSON text would break the client's reader (WHATWG HTML
// §9.2.6 discards it too). What is returned is valid until the next call.
func (a *Answer) Feed(chunk []byte, end bool) []byte {
	if a.ended {
		a.changed = len(chunk) > 0
		return nil
	}
	a.ended = end
	given := chunk
	if a.decoder != nil {
		chunk = a.decoder.feed(chunk, end)
	}
	a.fed += len(chunk)
	switch a.form {
	case formError:
		a.keepHead(chunk)
		if a.verdict == Pending && (end || len(a.head) == errorBytes) {
			a.verdict = Bad
		}
	case formWhole:
		chunk = a.feedWhole(chunk, end)
	case formStream:
		chunk = a.feedStream(chunk, end)
	}
	if end {
		a.Close()
	}
	a.changed = len(chunk) != len(given) || len(chunk) > 0 && &chunk[0] != &given[0]
	return chunk
}

func (a *Answer) keepHead(text []byte) {
	a.head = append(a.head, text[:min(len(text), errorBytes-len(a.head))]...)
}

// Close gives back what a decoder holds. It must be called for an answer that is not fed to its end; afterwards Feed
// returns nothing.
func (a *Answer) Close() {
	a.ended = true
	if a.decoder != nil {
		a.decoder.close()
	}
}

func (a *Answer) feedWhole(chunk []byte, end bool) []byte {
	out := a.document.feed(chunk, wholeTaker{a}, a.edited, a.out[:0])
	if end && a.edited {
		out = a.document.flush(out)
	}
	if a.edited {
		a.out = out
	}
	a.text = a.document.text
	if a.verdict == Good {
		return out
	}
	a.keepHead(chunk)
	if a.verdict == Pending {
		switch {
		case a.failure.set, a.document.state == stBad, end && !a.document.whole():
			a.verdict = Bad
		case end || a.fed > pendingBytes:
			a.verdict, a.head = Good, nil
		}
	}
	return out
}

// wholeTaker takes the members of a whole answer.
type wholeTaker struct{ *Answer }

func (a wholeTaker) member(key []byte) (keep, edit bool) {
	switch string(key) {
	case "usage", "error":
		return true, false
	case "type", "object":
		return true, false
	case "id", "previous_response_id":
		a.answers()
		return a.wraps(), true
	}
	a.answers()
	return false, false
}

// answers notes that there is something of substance, unless an error came first.
func (a *Answer) answers() {
	if a.verdict == Pending && !a.failure.set {
		a.verdict = Good
	}
}

func (a wholeTaker) value(key, value []byte) []byte {
	switch string(key) {
	case "usage":
		a.answers()
		a.counts.read(value)
		a.counts.final = true
	case "error":
		if !saysNothing(value) && !a.options.Stored {
			a.fail(value)
		}
	case "type", "object": // {"type":"error",…} with a status of success
		if string(value) == `"error"` {
			a.fail(nil)
		}
	default:
		return a.wrapped(value)
	}
	return nil
}

// wrapped returns a response id's JSON string with the owner in it; nil for what is no string.
func (a *Answer) wrapped(value []byte) []byte {
	if len(value) < 3 || value[0] != '"' {
		return nil
	}
	return append(append([]byte{'"'}, WrapResponseID(meaning(value[1:len(value)-1]), a.options.Owner)...), '"')
}

// fail notes an error the upstream states inside a success; the first one that says something counts. A stream ends with
// it, whatever follows.
func (a *Answer) fail(text []byte) {
	a.complete = true
	if a.failure.set && (text == nil || a.failure.word() != "") {
		return
	}
	a.failure = failure{set: true, flat: true}
	if len(text) > 0 {
		if text[0] == '"' {
			text = append([]byte(`{"error":`), text...)
		}
		a.failure = readFailure(text)
	}
	if a.verdict == Pending {
		a.verdict = Bad
	}
}

// cause is what the upstream said. Of {"object":"error","message":…} that is the whole answer.
func (a *Answer) cause() failure {
	if a.failure.flat && a.form == formWhole && len(a.head) > 0 {
		return readFailure(a.head)
	}
	return a.failure
}

func (a *Answer) feedStream(chunk []byte, end bool) []byte {
	s := &a.events
	text := chunk
	if len(s.held) > 0 {
		s.held = append(s.held, chunk...)
		text = s.held
	}
	out := a.out[:0]
	at, kept := 0, 0 // where the next event begins; up to where text is in out, or left out
	if s.afterCR && len(text) > 0 {
		if s.afterCR = false; text[0] == '\n' { // of the event before: its end was cut in two
			at = 1
			if a.drop {
				kept = 1
			}
		}
	}
	for at < len(text) {
		if n, output := a.repeat.next(text[at:]); n > 0 {
			if a.text += output; output > 0 {
				a.answers()
			}
			s.reset()
			at += n
			continue
		}
		n, ok := s.next(text[at:], end)
		if !ok {
			break
		}
		event := text[at : at+n]
		if s.open {
			a.lastEvent(event)
		} else {
			a.event(event)
		}
		if a.drop || len(a.edits) > 0 {
			out = append(out, text[kept:at]...)
			if !a.drop {
				for i, e := range a.edits {
					a.edits[i].start, a.edits[i].end = s.place(e.start), s.place(e.end)
				}
				out = append(out, apply(event, a.edits)...)
			}
			kept = at + n
		}
		s.reset()
		at += n
	}
	if kept > 0 || len(s.held) > 0 {
		out = append(out, text[kept:at]...)
		a.out = out
	} else {
		out = text[:at]
	}
	out = a.hold(text[at:], out)
	a.judge(end)
	return out
}

// lastEvent reads an event that the stream's end cut off: there is no blank line. It is passed on only if it is whole and
// the stream is complete with it, and not by an error: clients do not see an event without a blank line, and then we say
// the error.
func (a *Answer) lastEvent(event []byte) {
	verdict, complete, closed, failed := a.verdict, a.complete, a.closed, a.failure.set
	a.event(event)
	if a.Complete() && a.failure.set == failed && a.events.whole(event) {
		return
	}
	a.edits, a.drop, a.complete, a.closed = a.edits[:0], true, complete, closed
	if verdict == Pending { // nothing of substance is passed on
		a.verdict = Bad
	}
}

// hold keeps the beginning of an event for the next chunk.
func (a *Answer) hold(rest, out []byte) []byte {
	s := &a.events
	if len(rest) <= maxEvent {
		s.held = append(s.held[:0], rest...) // may overlap: append copies as copy does
		return out
	}
	s.held, a.form, a.cut = nil, formOpaque, true
	return append(out[:len(out):len(out)], rest...)
}

// event reads one event. What is to become of it is left in edits and drop.
func (a *Answer) event(event []byte) {
	a.edits, a.drop = a.edits[:0], false
	data := a.events.joined(event)
	if len(data) == 0 || data[0] <= ' ' && len(bytes.TrimSpace(data)) == 0 { // a comment, a name alone: keeps the connection open
		return
	}
	a.repeat.begin()
	a.variant.event(a, event[a.events.name.start:a.events.name.end], data)
	if len(a.events.data) == 1 {
		a.repeat.learn(event, a.events.data[0].start)
	}
}

// done notes that a stream says it has ended. One that said nothing else is no answer.
func (a *Answer) done() {
	a.complete = true
	if a.verdict == Pending {
		a.verdict = Bad
	}
}

// judge settles a stream's verdict where its events have not.
func (a *Answer) judge(end bool) {
	if a.verdict != Pending {
		return
	}
	switch {
	case end:
		a.verdict = Bad
	case a.fed > pendingBytes:
		a.verdict = Good
	}
}

// Verdict says whether the answer is one, as far as it was fed.
func (a *Answer) Verdict() Verdict { return a.verdict }

// Class says how the attempt ended, as far as the answer tells, and the upstream's own word for it: its error code, else
// the error's type, empty when it gives none. Of an error that was not fed yet it tells what the status says.
func (a *Answer) Class() (abi.Class, string) {
	switch {
	case a.form == formError:
		f := readFailure(a.head)
		if a.options.Stored && a.options.Status == 404 {
			return abi.ClassClientError, f.word()
		}
		return classOf(a.options.Status, &f), f.word()
	case a.form == formOpaque && a.options.Status >= 300:
		return classOf(a.options.Status, &failure{}), ""
	case a.failure.set:
		f := a.cause()
		return f.class(), f.word()
	case a.decoder != nil && a.decoder.broken:
		return abi.ClassMalformed, "bad_gzip"
	case a.form == formWhole && (a.document.state == stBad || a.ended && !a.document.whole()):
		return abi.ClassMalformed, "bad_json"
	case a.form == formStream && a.verdict == Bad:
		return abi.ClassMalformed, "empty_stream"
	}
	return abi.ClassOK, ""
}

// Usage is what the answer cost: stated by the upstream, or estimated from the length of the output. Zero for an error
// that nothing came before, and for a stored response, which was paid when it was made.
func (a *Answer) Usage() abi.Usage {
	if a.form == formError || a.options.Status >= 300 || a.options.Stored {
		return abi.Usage{}
	}
	text := a.text
	if !a.counts.stated && (a.verdict == Bad || a.failure.set && (text == 0 || a.form == formWhole)) {
		return abi.Usage{}
	}
	switch {
	case a.api == abi.APIEmbeddings: // vectors are no tokens
		text = 0
	case a.form == formOpaque && text == 0:
		text = a.fed
	}
	return a.counts.usage(a.api, a.options.InputTokens, text)
}

// Complete tells whether the whole answer came: of a stream its last event, a finish reason, or an error event, which is an
// end too; or a JSON text to its end. An answer that is not read is complete when it has ended.
func (a *Answer) Complete() bool {
	switch a.form {
	case formWhole:
		return a.document.whole()
	case formStream:
		return a.complete || a.closed
	}
	return a.ended
}
