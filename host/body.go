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
	control := http.NewResponseController(x.client.w)
	// A writer without deadlines is a test's; its body is there already.
	if err := control.SetReadDeadline(time.Now().Add(x.host.options.BodyTimeout)); err == nil {
		defer func() {
			if err := control.SetReadDeadline(time.Time{}); err != nil {
				x.host.log.Debug("a read deadline could not be taken back", "reason", err)
			}
		}()
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
			x.facts.Update(func(f *vm.Facts) { f.BytesReceived = int64(len(body)) })
			return body, nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, bodyTimeout
		case x.incoming.Context().Err() != nil:
			return nil, clientLeft
		default:
			return nil, badBody
		}
	}
}
