package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"sync"
	"testing/iotest"
	"time"
)

// Proxy is a session with a proxy that listens somewhere.
type Proxy struct {
	URL    string // http://HOST:PORT
	Log    *Lines
	Again  func(line []byte) error // makes a decision again
	OnStop func() error
	// Reuse: the client keeps its connections, as most do. Else each call has one of its own, which spreads the calls over
	// the threads of a proxy.
	Reuse bool

	once     sync.Once
	one, two *http.Client // by version of HTTP
}

var _ Session = (*Proxy)(nil)

// newClient makes a client that neither asks for an encoding nor follows redirects: what comes is looked at as it is.
func newClient(two, reuse bool) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!two)
	protocols.SetUnencryptedHTTP2(two)
	return &http.Client{
		Transport: &http.Transport{
			DisableCompression: true, DisableKeepAlives: !reuse, ExpectContinueTimeout: patience, Protocols: protocols,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// errLeft is how a client leaves in the middle of its body.
var errLeft = errors.New("the client leaves")

// Do implements Session.
func (w *Proxy) Do(ctx context.Context, c *Call) (*Answer, error) {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	a := &Answer{}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
			a.Continued = a.Continued || code == http.StatusContinue
			return nil
		},
	})
	request, err := w.request(ctx, c)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	response, err := w.client(c.HTTP2).Do(request)
	if errors.Is(err, errLeft) {
		a.Left = true
		return a, nil
	}
	if err != nil {
		return nil, fmt.Errorf("no answer came: %w", err)
	}
	defer response.Body.Close()
	a.Status, a.Header = response.StatusCode, response.Header
	chunk := make([]byte, 64<<10)
	for {
		n, err := response.Body.Read(chunk)
		if n > 0 {
			if a.Last = time.Since(began); a.First == 0 {
				a.First = a.Last
			}
			a.Body = append(a.Body, chunk[:n]...)
		}
		if events := bytes.Count(a.Body, []byte("\n\n")); c.Leaves > 0 && events >= c.Leaves {
			a.Left = true
			return a, nil // leave closes the connection
		} else if c.Read != nil && n > 0 {
			c.Read(events)
		}
		switch {
		case errors.Is(err, io.EOF):
			return a, nil
		case ctx.Err() != nil:
			return nil, fmt.Errorf("the answer never ended: %w: %.300q", err, a.Body)
		case err != nil:
			a.Cut = true
			return a, nil
		}
	}
}

// client returns the client for a version of HTTP.
func (w *Proxy) client(two bool) *http.Client {
	w.once.Do(func() { w.one, w.two = newClient(false, w.Reuse), newClient(true, w.Reuse) })
	if two {
		return w.two
	}
	return w.one
}

func (w *Proxy) request(ctx context.Context, c *Call) (*http.Request, error) {
	var body io.Reader
	if len(c.Body) > 0 {
		body = bytes.NewReader(c.Body)
	}
	if c.HalfBody {
		body = io.MultiReader(bytes.NewReader(c.Body[:len(c.Body)/2]), iotest.ErrReader(errLeft))
	}
	if c.Chunked {
		body = io.MultiReader(body) // hides the length
	}
	r, err := http.NewRequestWithContext(ctx, c.Method, w.URL+c.Path, body)
	if err != nil {
		return nil, err
	}
	if c.HalfBody {
		r.ContentLength = int64(len(c.Body))
	}
	for _, h := range c.Header {
		r.Header.Add(h[0], h[1])
	}
	if c.ID != "none" {
		r.Header.Set("x-request-id", c.ID)
	}
	if c.Continue {
		r.Header.Set("expect", "100-continue")
	}
	return r, nil
}

// Line implements Session.
func (w *Proxy) Line(ctx context.Context, id string) ([]byte, error) { return w.Log.Await(ctx, id) }

// Replay implements Session.
func (w *Proxy) Replay(line []byte) error { return w.Again(line) }

// Wait implements Session.
func (w *Proxy) Wait(ctx context.Context, d time.Duration) error { return Pause(ctx, d) }

// Wire implements Session.
func (w *Proxy) Wire() bool { return true }

// Close implements Session.
func (w *Proxy) Close() error {
	for _, two := range []bool{false, true} {
		w.client(two).CloseIdleConnections()
	}
	return w.OnStop()
}

// Address is where the proxy listens.
func (w *Proxy) Address() string { return w.URL }
