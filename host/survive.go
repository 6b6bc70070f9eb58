package host

import (
	"errors"
	"net/http"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host/vm"
)

// What becomes of a request whose VM failed is said by the document's on_error:
//
//	                      deny          continue
//	nothing was sent      503           it begins again, once, on another VM
//	an answer has come    503, or cut   the answer is passed on unread
//	in between            503           503
//
// Cut is what a client gets whose answer has begun: half of one with a proper end would pass for the whole.

func isTrap(err error) bool {
	var trap *vm.Trap
	return errors.As(err, &trap)
}

// trapped ends an exchange whose VM failed, or has it begin again.
func (x *exchange) trapped(err error) {
	x.lost = true
	x.host.report(x.member.worker, err)
	switch {
	case x.client.begun:
		x.abort = true
	case x.mayBeginAgain():
		x.again, x.second, x.answered = true, true, false
	default:
		x.client.plain(http.StatusServiceUnavailable)
	}
}

// mayBeginAgain tells whether an exchange may begin again, when its VM has failed: once, and only while no upstream knows
// of it, because what an upstream did for it cannot be undone.
func (x *exchange) mayBeginAgain() bool { return x.settings.goOn && !x.sent && !x.second }

// beginsAgain tells whether trapped will have the exchange begin again for this error.
func (x *exchange) beginsAgain(err error) bool {
	return isTrap(err) && !x.client.begun && x.mayBeginAgain()
}

// goesOnUnread tells whether a filter's error is that its VM failed while it read an upstream's answer, and the answer is
// to be passed on without it.
func (x *exchange) goesOnUnread(err error) bool {
	if x.passing == nil || !x.settings.goOn || !isTrap(err) {
		return false
	}
	x.lost = true
	x.host.report(x.member.worker, err)
	return true
}

// unread hands on what the stream of a dead VM holds; what comes later takes the same way. The headers lose what is meant
// for the proxy alone: the module would have taken it off.
func (f *filter) unread(end bool, trailers *vm.Headers) error {
	body := f.stream.Rest()
	if f.held != nil {
		f.held.DelPrefix(abi.HeaderPrefix)
		if err := f.release(end && len(body) == 0); err != nil {
			return err
		}
		if end && len(body) == 0 {
			return nil
		}
	}
	if len(body) > 0 || end {
		if err := f.next.data(body, end); err != nil {
			return err
		}
	}
	if trailers == nil {
		return nil
	}
	return f.next.trailers(trailers)
}
