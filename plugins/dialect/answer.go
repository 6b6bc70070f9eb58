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
	head     []byte // of an error's body

	fed      int // bytes
	ended    bool
	verdict  Verdict
	complete bool // a stream's last event was seen
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

// bodyMatters tells whether the class of an error depends on its body.
func (a *Answer) bodyMatters() bool {
	switch a.options.Status {
	case 400, 403, 413, 422:
		return true
	}
	return false
}

// Rewrites tells whether Feed may return other bytes than it is given, so that the answer's length is not known before.
func (a *Answer) Rewrites() bool { return a.decoder != nil || a.edited }

// Decodes tells whether Feed takes the answer's encoding off, so that its header must go.
func (a *Answer) Decodes() bool { return a.decoder != nil }

func (a *Answer) wraps() bool { return a.options.Owner != "" && a.api == abi.APIResponses }

// Feed takes the next bytes of the body and returns what to pass on: the chunk itself when nothing changes. Where it
// rewrites, an event or a value that is not complete is held back. end says that the body ends with chunk; everything
// left is returned then. What is returned is valid until the next call.
func (a *Answer) Feed(chunk []byte, end bool) []byte {
	if a.ended {
		return nil
	}
	a.ended = end
	if a.decoder != nil {
		chunk = a.decoder.feed(chunk, end)
	}
	a.fed += len(chunk)
	switch a.form {
	case formError:
		a.head = append(a.head, chunk[:min(len(chunk), errorBytes-len(a.head))]...)
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
	return chunk
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
	if a.verdict == Pending {
		switch {
		case a.failure.set, a.document.state == stBad, end && !a.document.whole():
			a.verdict = Bad
		case end || a.fed > pendingBytes:
			a.verdict = Good
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
		if len(value) > 0 && value[0] != 'n' && !a.options.Stored {
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

// fail notes an error the upstream states inside a success; the first one that says something counts.
func (a *Answer) fail(text []byte) {
	if a.failure.set && (text == nil || a.failure.code != "") {
		return
	}
	a.failure = failure{set: true}
	if len(text) > 0 && text[0] == '"' {
		text = append([]byte(`{"error":`), text...)
	}
	if len(text) > 0 {
		a.failure = readFailure(text)
	}
	if a.verdict == Pending {
		a.verdict = Bad
	}
}

func (a *Answer) feedStream(chunk []byte, end bool) []byte {
	s := &a.events
	text := chunk
	if len(s.held) > 0 {
		s.held = append(s.held, chunk...)
		text = s.held
	}
	out := a.out[:0]
	at, kept := 0, 0 // where the next event begins; up to where text is in out
	for at < len(text) {
		if n, output := a.repeat.next(text[at:]); n > 0 {
			a.text += output
			a.answers()
			s.reset()
			at += n
			continue
		}
		n, ok := s.next(text[at:], end)
		if !ok {
			break
		}
		event := text[at : at+n]
		a.event(event)
		if a.edited && (a.drop || len(a.edits) > 0) {
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
	if a.edited {
		if kept > 0 || len(s.held) > 0 {
			out = append(out, text[kept:at]...)
			a.out = out
		} else {
			out = text[:at]
		}
	} else {
		out = chunk
	}
	out = a.hold(text[at:], out)
	a.judge(end)
	return out
}

// hold keeps the beginning of an event for the next chunk.
func (a *Answer) hold(rest, out []byte) []byte {
	s := &a.events
	if len(rest) <= maxEvent {
		s.held = append(s.held[:0], rest...) // may overlap: append copies as copy does
		return out
	}
	if a.edited {
		out = append(out[:len(out):len(out)], rest...)
	}
	s.held, a.form = nil, formOpaque
	return out
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
		return classOf(a.options.Status, &f), f.code
	case a.form == formOpaque && a.options.Status >= 300:
		return classOf(a.options.Status, &failure{}), ""
	case a.failure.set:
		return a.failure.class(), a.failure.code
	case a.decoder != nil && a.decoder.broken:
		return abi.ClassMalformed, "bad_gzip"
	case a.form == formWhole && (a.document.state == stBad || a.ended && !a.document.whole()):
		return abi.ClassMalformed, "bad_json"
	case a.form == formStream && a.ended && a.verdict == Bad:
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

// Complete tells whether the whole answer came: a stream's last event, or a JSON text to its end. An answer that is not
// read is complete when it has ended.
func (a *Answer) Complete() bool {
	switch a.form {
	case formWhole:
		return a.document.whole()
	case formStream:
		return a.complete || a.closed
	}
	return a.ended
}
