package vm

import (
	"bytes"
	"context"
	"errors"
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
	d.headers, d.resumed = h, false
	v.stack[0], v.stack[1], v.stack[2] = uint64(s.scope.id), uint64(h.Len()), flag(end)
	result, err := v.call(f, s.scope)
	if err != nil {
		return Reset, err
	}
	if verdict, ended := s.verdict(); ended {
		return verdict, nil
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
	d.resumed = false
	v.stack[0], v.stack[1], v.stack[2] = uint64(s.scope.id), uint64(len(d.body)), flag(end)
	result, err := v.call(f, s.scope)
	if err != nil {
		return nil, Reset, err
	}
	if verdict, ended := s.verdict(); ended {
		return nil, verdict, nil
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
	d.trailers, d.resumed = h, false
	v.stack[0], v.stack[1] = uint64(s.scope.id), uint64(h.Len())
	result, err := v.call(f, s.scope)
	if err != nil {
		return nil, Reset, err
	}
	if verdict, ended := s.verdict(); ended {
		return nil, verdict, nil
	}
	if uint32(result) == 0 || d.resumed {
		return d.release(), Continue, nil
	}
	return nil, Pause, nil
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

// resume lets a half go on, as Envoy's continueDecoding: the module sees its headers no more.
func (s *Stream) resume(d *half) {
	d.resumed = true
	d.headers, d.trailers = nil, nil
	s.wake()
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
