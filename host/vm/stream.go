package vm

import (
	"bytes"
	"context"
	"errors"
	"strconv"

	"github.com/tetratelabs/wazero/api"
)

// Verdict is what a filter decided about the part of a message it saw.
type Verdict int

// The verdicts.
const (
	// Continue lets everything held so far go on: headers first, then the body that was returned.
	Continue Verdict = iota
	// Pause holds it. More of the message may follow; when there is no more, Wait tells what comes of it.
	Pause
	// PauseAll holds it, and the filter must not see more of the message before Wait has said Continue.
	PauseAll
	// Answered ends the exchange with the Answer the module gave.
	Answered
	// Reset ends the exchange without an answer.
	Reset
)

// Answer is a module's local response.
type Answer struct {
	Status  int
	Details string
	Headers []Header
	Body    []byte
}

// Stream is an HTTP context: one filter in one exchange. Its methods are called in the order of a message's parts, by
// one goroutine at a time; they return a *Trap when the VM is dead.
type Stream struct {
	scope             *scope
	vm                *VM
	exchange          *Exchange
	request, response half
	answer            *Answer
	reset             bool
	refused           bool          // the module gave an answer that is none
	log               *Log          // set while proxy_on_log runs
	waiting           chan struct{} // closed when there is news for Wait; nil: nobody waits
	ended             bool
}

// half is one direction of a stream.
type half struct {
	headers, trailers *Headers // what the module can see and change now
	body              []byte   // what the module sees as the buffer
	owned             bool     // body is the stream's own, not the caller's
	buffering         bool     // the last chunk was held: the next is added to it
	resumed           bool     // continue_stream was called
	wrote             bool     // the module wrote to the body in the last body callback
}

// NewStream makes an HTTP context for an exchange.
func (p *Plugin) NewStream(x *Exchange) (*Stream, error) {
	v := p.vm
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.trap != nil {
		return nil, v.trap
	}
	s := &Stream{vm: v, exchange: x}
	s.scope = v.register(&scope{plugin: p, stream: s})
	v.stack[0], v.stack[1] = uint64(s.scope.id), uint64(p.scope.id)
	_, err := v.call(v.fn.contextCreate, s.scope)
	return s, err
}

// RequestHeaders shows the request's headers to the module.
func (s *Stream) RequestHeaders(h *Headers, endOfStream bool) (Verdict, error) {
	return s.headers(&s.request, true, h, endOfStream)
}

// RequestBody shows a chunk of the request's body. On Continue the bytes that go on are returned, those held before
// included; they are valid until the next call.
func (s *Stream) RequestBody(chunk []byte, endOfStream bool) ([]byte, Verdict, error) {
	return s.body(&s.request, true, chunk, endOfStream)
}

// RequestTrailers shows the request's trailers. On Continue a body that was held goes on before them.
func (s *Stream) RequestTrailers(h *Headers) ([]byte, Verdict, error) {
	return s.trailers(&s.request, true, h)
}

// ResponseHeaders is RequestHeaders for the answer; its :status is one of the headers.
func (s *Stream) ResponseHeaders(h *Headers, endOfStream bool) (Verdict, error) {
	return s.headers(&s.response, false, h, endOfStream)
}

// ResponseBody is RequestBody for the answer.
func (s *Stream) ResponseBody(chunk []byte, endOfStream bool) ([]byte, Verdict, error) {
	return s.body(&s.response, false, chunk, endOfStream)
}

// ResponseTrailers is RequestTrailers for the answer.
func (s *Stream) ResponseTrailers(h *Headers) ([]byte, Verdict, error) {
	return s.trailers(&s.response, false, h)
}

func (s *Stream) headers(d *half, request bool, h *Headers, end bool) (Verdict, error) {
	v := s.vm
	v.mu.Lock()
	defer v.mu.Unlock()
	f := v.fn.responseHeaders
	if request {
		f = v.fn.requestHeaders
	}
	d.headers, d.resumed, s.refused = h, false, false
	v.stack[0], v.stack[1], v.stack[2] = uint64(s.scope.id), uint64(h.Len()), flag(end)
	result, err := v.call(f, s.scope)
	if err != nil {
		return Reset, err
	}
	if verdict, ended := s.verdict(); ended {
		return verdict, nil
	}
	if err := s.sane(f, result, maxHeadersAction, d.resumed); err != nil {
		return Reset, err
	}
	switch {
	case uint32(result) == 0 || d.resumed:
		d.headers = nil // as in Envoy: a module that lets headers go sees them no more
		return Continue, nil
	case uint32(result) == 1:
		return Pause, nil
	}
	return PauseAll, nil
}

func (s *Stream) body(d *half, request bool, chunk []byte, end bool) ([]byte, Verdict, error) {
	v := s.vm
	v.mu.Lock()
	defer v.mu.Unlock()
	f := v.fn.responseBody
	if request {
		f = v.fn.requestBody
	}
	switch {
	case d.buffering:
		d.own()
		d.body = append(d.body, chunk...)
	default:
		d.body, d.owned = chunk, false
	}
	d.resumed, d.wrote, s.refused = false, false, false
	v.stack[0], v.stack[1], v.stack[2] = uint64(s.scope.id), uint64(len(d.body)), flag(end)
	result, err := v.call(f, s.scope)
	if err != nil {
		return nil, Reset, err
	}
	if verdict, ended := s.verdict(); ended {
		return nil, verdict, nil
	}
	if err := s.sane(f, result, maxBodyAction, d.resumed); err != nil {
		return nil, Reset, err
	}
	d.buffering = false
	switch {
	case uint32(result) == 0 || d.resumed:
		return d.release(), Continue, nil
	case uint32(result) == 1:
		d.own()
		d.buffering = true
		return nil, Pause, nil
	case uint32(result) == 3: // stop, and drop what was shown
		d.body = nil
		return nil, Pause, nil
	}
	d.own()
	return nil, PauseAll, nil
}

func (s *Stream) trailers(d *half, request bool, h *Headers) ([]byte, Verdict, error) {
	v := s.vm
	v.mu.Lock()
	defer v.mu.Unlock()
	f := v.fn.responseTrailers
	if request {
		f = v.fn.requestTrailers
	}
	d.trailers, d.resumed, s.refused = h, false, false
	v.stack[0], v.stack[1] = uint64(s.scope.id), uint64(h.Len())
	result, err := v.call(f, s.scope)
	if err != nil {
		return nil, Reset, err
	}
	if verdict, ended := s.verdict(); ended {
		return nil, verdict, nil
	}
	if err := s.sane(f, result, maxTrailersAction, d.resumed); err != nil {
		return nil, Reset, err
	}
	if uint32(result) == 0 || d.resumed {
		return d.release(), Continue, nil
	}
	return nil, Pause, nil
}

// The greatest action a callback may return. Envoy takes a greater one for a pause, which nothing would end.
const (
	maxHeadersAction  = 4
	maxBodyAction     = 3
	maxTrailersAction = 1
)

// sane kills the VM of a module that returned an action there is none of, or that holds a message for an answer it could
// not give: nothing would ever come of it.
func (s *Stream) sane(f api.Function, result, most uint64, resumed bool) error {
	switch action := uint32(result); {
	case uint64(action) > most:
		return s.vm.fail(&Trap{Function: callbackName(f),
			Reason: "it returned the action " + strconv.FormatUint(uint64(action), 10) + ", expected at most " + strconv.FormatUint(most, 10)})
	case s.refused && action != 0 && !resumed:
		return s.vm.fail(&Trap{Function: callbackName(f), Reason: reasonNoAnswer})
	}
	return nil
}

const reasonNoAnswer = "it holds the message for an answer of its own that was refused: a status outside 200 to 599, or headers that cannot be sent"

// EndResponse shows the module the end of an answer that broke off: no bytes, end of stream. It returns what the module
// lets go, and whether the module wrote any of that: one that lets go what it had held did not notice.
func (s *Stream) EndResponse() (out []byte, wrote bool, err error) {
	out, verdict, err := s.body(&s.response, false, nil, true)
	s.vm.mu.Lock()
	defer s.vm.mu.Unlock()
	return out, s.response.wrote && verdict == Continue, err
}

// Rest gives away what the stream holds of the answer, for a caller that goes on without the module. It works when the
// VM is dead; after a callback that failed the chunk it was shown is part of it.
func (s *Stream) Rest() []byte {
	s.vm.mu.Lock()
	defer s.vm.mu.Unlock()
	return s.response.release()
}

// TakeReset tells whether the module has closed the stream since it was asked last, and lets the stream be used again:
// what the module says about a stream it closed has to pass it.
func (s *Stream) TakeReset() bool {
	s.vm.mu.Lock()
	defer s.vm.mu.Unlock()
	was := s.reset
	s.reset = false
	return was
}

// WaitRequest waits until the module lets a held request go on (proxy_continue_stream) or answers it, in a callback of
// another context. It returns what RequestBody would have.
func (s *Stream) WaitRequest(ctx context.Context) ([]byte, Verdict, error) {
	return s.wait(ctx, &s.request)
}

// WaitResponse is WaitRequest for the answer.
func (s *Stream) WaitResponse(ctx context.Context) ([]byte, Verdict, error) {
	return s.wait(ctx, &s.response)
}

func (s *Stream) wait(ctx context.Context, d *half) ([]byte, Verdict, error) {
	v := s.vm
	for {
		v.mu.Lock()
		if v.trap != nil {
			v.mu.Unlock()
			return nil, Reset, v.trap
		}
		verdict, ended := s.verdict()
		if ended || d.resumed {
			body := d.release()
			v.mu.Unlock()
			return body, verdict, nil
		}
		if s.refused {
			err := v.fail(&Trap{Function: "proxy_send_local_response", Reason: reasonNoAnswer})
			v.mu.Unlock()
			return nil, Reset, err
		}
		news := make(chan struct{})
		s.waiting = news
		v.mu.Unlock()
		select {
		case <-news:
		case <-ctx.Done():
			return nil, Reset, ctx.Err()
		}
	}
}

// HasAnswer tells whether there is an Answer to be taken.
func (s *Stream) HasAnswer() bool {
	s.vm.mu.Lock()
	defer s.vm.mu.Unlock()
	return s.answer != nil
}

// Answer is the response the module gave, after the verdict Answered. It is taken: the next call returns nil.
func (s *Stream) Answer() *Answer {
	s.vm.mu.Lock()
	defer s.vm.mu.Unlock()
	a := s.answer
	s.answer = nil
	return a
}

// Log is what a module sees in proxy_on_log.
type Log struct{ RequestHeaders, ResponseHeaders, ResponseTrailers *Headers }

// Done ends the stream: proxy_on_log, proxy_on_done and proxy_on_delete, in Envoy's order. No other method may be called
// after it.
func (s *Stream) Done(l Log) error { return s.finish(&l) }

// Delete ends the stream of an upstream filter, which gets only proxy_on_delete.
func (s *Stream) Delete() error { return s.finish(nil) }

func (s *Stream) finish(l *Log) error {
	v := s.vm
	v.mu.Lock()
	defer v.mu.Unlock()
	if s.ended {
		return errors.New("the stream has ended before")
	}
	s.ended = true
	s.request, s.response = half{}, half{}
	var errs []error
	if l != nil {
		s.log = l
		v.stack[0] = uint64(s.scope.id)
		_, err := v.call(v.fn.log, s.scope)
		s.log = nil
		errs = append(errs, err)
		if err == nil {
			v.stack[0] = uint64(s.scope.id)
			_, err = v.call(v.fn.done, s.scope)
			errs = append(errs, err)
		}
	}
	v.stack[0] = uint64(s.scope.id)
	if v.trap == nil {
		_, err := v.call(v.fn.delete, s.scope)
		errs = append(errs, err)
	}
	delete(v.scopes, s.scope.id)
	return errors.Join(errs...)
}

// verdict tells whether the module has ended the exchange.
func (s *Stream) verdict() (Verdict, bool) {
	switch {
	case s.answer != nil:
		return Answered, true
	case s.reset:
		return Reset, true
	}
	return Continue, false
}

// wake tells a waiting goroutine to look again.
func (s *Stream) wake() {
	if s.waiting != nil {
		close(s.waiting)
		s.waiting = nil
	}
}

// news wakes whoever waits for the stream, and else tells of what was done to it from outside.
func (s *Stream) news(n News) {
	waited := s.waiting != nil
	s.wake()
	if !waited && s.vm.caller != s.scope {
		s.exchange.tell(s, n)
	}
}

// resume lets a half go on, as Envoy's continueDecoding: the module sees its headers no more.
func (s *Stream) resume(d *half) {
	d.resumed = true
	d.headers, d.trailers = nil, nil
	if d == &s.response {
		s.news(Resumed)
		return
	}
	s.wake()
}

// TakeResumed returns what is held of an answer that was resumed from outside; false: it was not, or its next chunk has
// taken what was held with it.
func (s *Stream) TakeResumed() (held []byte, ok bool) {
	s.vm.mu.Lock()
	defer s.vm.mu.Unlock()
	if !s.response.resumed {
		return nil, false
	}
	s.response.resumed = false
	return s.response.release(), true
}

// own makes the body the stream's own, so that it outlives the caller's chunk.
func (d *half) own() {
	if !d.owned {
		d.body, d.owned = bytes.Clone(d.body), true
	}
}

// release gives the body away and forgets what the module saw.
func (d *half) release() []byte {
	body := d.body
	d.body, d.owned, d.buffering = nil, false, false
	d.headers, d.trailers = nil, nil
	return body
}

func flag(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
