package host

import (
	"github.com/routeiq/routeiq/host/vm"
)

// sink takes an answer in its parts: headers once, then data, then perhaps trailers. end says that nothing follows.
//
//	upstream → filter (adapter) → gate → filter (router) → client
type sink interface {
	headers(h *vm.Headers, end bool) error
	data(b []byte, end bool) error
	trailers(h *vm.Headers) error
}

var (
	_ sink = (*filter)(nil)
	_ sink = (*gate)(nil)
	_ sink = (*client)(nil)
)

// filter shows an answer to a stream, and hands on what it lets go.
type filter struct {
	stream   *vm.Stream
	exchange *exchange
	next     sink
	held     *vm.Headers // headers the module has not let go yet
}

// answeredError says that a filter's module answered in place of the answer it was shown.
type answeredError struct{ by *vm.Stream }

func (*answeredError) Error() string { return "the module answered itself" }

// headers implements sink.
func (f *filter) headers(h *vm.Headers, end bool) error {
	f.held = h
	if f == &f.exchange.router {
		f.exchange.answered = true
	}
	verdict, err := f.stream.ResponseHeaders(h, end)
	body, verdict, err := f.settle(nil, verdict, err, end)
	if f.exchange.goesOnUnread(err) {
		return f.unread(end, nil)
	}
	if err != nil || verdict != vm.Continue {
		return err
	}
	if err := f.release(end && len(body) == 0); err != nil || len(body) == 0 {
		return err
	}
	return f.next.data(body, end)
}

// data implements sink.
func (f *filter) data(b []byte, end bool) error {
	body, verdict, err := f.stream.ResponseBody(b, end)
	body, verdict, err = f.settle(body, verdict, err, end)
	if f.exchange.goesOnUnread(err) {
		return f.unread(end, nil)
	}
	if err != nil || verdict != vm.Continue {
		return err
	}
	if err := f.release(false); err != nil {
		return err
	}
	return f.next.data(body, end)
}

// trailers implements sink.
func (f *filter) trailers(h *vm.Headers) error {
	body, verdict, err := f.stream.ResponseTrailers(h)
	body, _, err = f.settle(body, verdict, err, true)
	if f.exchange.goesOnUnread(err) {
		return f.unread(false, h)
	}
	if err != nil {
		return err
	}
	if err := f.release(false); err != nil {
		return err
	}
	if len(body) > 0 {
		if err := f.next.data(body, false); err != nil {
			return err
		}
	}
	return f.next.trailers(h)
}

// settle waits where the module must decide before more can come, and turns the ends of a stream into errors.
func (f *filter) settle(body []byte, verdict vm.Verdict, err error, end bool) ([]byte, vm.Verdict, error) {
	if err == nil && (verdict == vm.PauseAll || end && verdict == vm.Pause) {
		body, verdict, err = f.exchange.wait(f.stream.WaitResponse)
	}
	switch {
	case err != nil:
		return nil, verdict, err
	case verdict == vm.Answered:
		return nil, verdict, &answeredError{f.stream}
	case verdict == vm.Reset:
		return nil, verdict, errReset
	}
	return body, verdict, nil
}

// release hands the held headers on.
func (f *filter) release(end bool) error {
	h := f.held
	if h == nil {
		return nil
	}
	f.held = nil
	return f.next.headers(h, end)
}
