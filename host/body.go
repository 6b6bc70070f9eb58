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

// setReadDeadline bounds the reading of the body, also by net/http, which reads what is left of it before it answers. It
// is taken back when the body is there: the connection is watched from then on, for as long as the answer takes.
func (x *exchange) setReadDeadline(t time.Time) {
	err := http.NewResponseController(x.client.w).SetReadDeadline(t)
	if err != nil && !errors.Is(err, http.ErrNotSupported) { // a writer without deadlines has its body already
		x.host.log.Debug("a read deadline could not be set", "reason", err)
	}
}
