package host

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/routeiq/routeiq/host/vm"
)

// sureBytes is how much memory a client gets by announcing a length. The rest grows with what it sends.
const sureBytes = 64 << 10

// readBody reads the request's body whole, because a retry needs it whole. What cannot be read gives the local reply
// that Envoy makes.
func (x *exchange) readBody() ([]byte, *local) {
	r, limit := x.incoming, x.settings.maxBody
	if r.ContentLength > limit {
		x.refuseRest()
		return nil, tooLarge
	}
	size := int64(sureBytes)
	if r.ContentLength >= 0 {
		size = min(size, r.ContentLength)
	}
	body := make([]byte, 0, size+1) // one more: the end shows without growing
	for {
		n, err := r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if int64(len(body)) > limit {
			x.refuseRest()
			return nil, tooLarge
		}
		switch {
		case err == nil:
			if len(body) == cap(body) {
				body = append(body, 0)[:len(body)]
			}
		case errors.Is(err, io.EOF):
			x.setReadDeadline(time.Time{})
			x.facts.Update(func(f *vm.Facts) { f.BytesReceived = int64(len(body)) })
			return body, nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			x.client.last = true
			return nil, bodyTimeout
		case x.incoming.Context().Err() != nil:
			return nil, clientLeft
		default:
			x.client.last = true
			return nil, badBody
		}
	}
}

// How much of a body that was refused is read after its answer, and for how long; and what net/http reads by itself,
// after which the connection can be used again.
const (
	drainBytes = 64 << 20
	drainTime  = 5 * time.Second
	tailBytes  = 256 << 10
)

// refuseRest is called before an answer that comes without the whole body: the rest is read by drain, after the answer.
func (x *exchange) refuseRest() {
	if x.incoming.ProtoMajor != 1 || x.incoming.Header.Get("Expect") != "" {
		return // HTTP/2 tells a client to stop, and a client that waits for "100 Continue" sends nothing
	}
	if n := x.incoming.ContentLength; n >= 0 && n <= tailBytes {
		return
	}
	x.unread, x.client.last = true, true
	// Or net/http reads some of it before it answers, and lets nobody read afterwards.
	if err := http.NewResponseController(x.client.w).EnableFullDuplex(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		x.host.log.Debug("the rest of a body cannot be read", "reason", err)
	}
}

// drain reads the rest of a body that was refused, for a client that looks for an answer only when it has sent all:
// closed at once, it would see a reset and not the answer. The deadline of the body holds for it too.
func (x *exchange) drain() {
	if !x.unread || x.abort {
		return
	}
	if err := x.client.flush(); err != nil {
		return // it has left
	}
	x.setReadDeadline(time.Now().Add(min(drainTime, x.host.options.IdleTimeout)))
	if _, err := io.CopyN(io.Discard, x.incoming.Body, drainBytes); err != nil && !errors.Is(err, io.EOF) {
		x.host.log.Debug("the rest of a body that is too large did not come", "reason", err)
	}
}

// setReadDeadline bounds the reading of the body, also by net/http, which reads what is left of it before it answers. It
// is taken back when the body is there: the connection is watched from then on, for as long as the answer takes.
func (x *exchange) setReadDeadline(t time.Time) {
	err := http.NewResponseController(x.client.w).SetReadDeadline(t)
	if err != nil && !errors.Is(err, http.ErrNotSupported) { // a writer without deadlines has its body already
		x.host.log.Debug("a read deadline could not be set", "reason", err)
	}
}
