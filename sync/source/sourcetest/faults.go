package sourcetest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// Faults stands between a source and its server, and lets the server misbehave. It is for requests of the source alone:
// who puts documents speaks to the server itself.
type Faults struct {
	URL string

	server *httptest.Server
	direct *httputil.ReverseProxy
	fault  atomic.Pointer[http.HandlerFunc]
}

// NewFaults stands before a server until the test ends.
func NewFaults(t *testing.T, server string) *Faults {
	t.Helper()
	to, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	f := &Faults{direct: proxy(to, nil)}
	f.None()
	f.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*f.fault.Load())(w, r) }))
	f.URL = f.server.URL
	t.Cleanup(f.server.Close)
	return f
}

// proxy passes requests on, and changes answers.
func proxy(to *url.URL, change func(*http.Response) error) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = to.Scheme, to.Host },
		ModifyResponse: change,
	}
}

func (f *Faults) set(h http.HandlerFunc) { f.fault.Store(&h) }

// changed passes requests on without their condition, and changes the answers.
func (f *Faults) changed(change func(*http.Response) error) http.HandlerFunc {
	p := *f.direct
	p.ModifyResponse = change
	return func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("If-None-Match")
		r.Header.Del("If-Modified-Since")
		p.ServeHTTP(w, r)
	}
}

// None lets everything through.
func (f *Faults) None() { f.set(f.direct.ServeHTTP) }

// Status answers with a status; retry is the header Retry-After, or nothing.
func (f *Faults) Status(status int, retry string) {
	f.set(func(w http.ResponseWriter, _ *http.Request) {
		if retry != "" {
			w.Header().Set("Retry-After", retry)
		}
		w.WriteHeader(status)
	})
}

// Slow does not answer until the client gives up.
func (f *Faults) Slow() {
	f.set(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
}

// SlowBody answers with half of the body and waits until the client gives up.
func (f *Faults) SlowBody() { f.set(f.half(func(r *http.Request) { <-r.Context().Done() })) }

// Cut ends the connection in the middle of the body.
func (f *Faults) Cut() { f.set(f.half(func(*http.Request) { panic(http.ErrAbortHandler) })) }

// half answers with the first half of the body, though with the length of all of it, and ends in another way.
func (f *Faults) half(end func(*http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		whole := httptest.NewRecorder()
		f.changed(nil)(whole, r)
		for name, values := range whole.Header() {
			w.Header()[name] = values
		}
		body := whole.Body.Bytes()
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(whole.Code)
		if _, err := w.Write(body[:len(body)/2]); err == nil {
			err = http.NewResponseController(w).Flush()
			if err != nil {
				panic(http.ErrAbortHandler)
			}
		}
		end(r)
	}
}

// Lie answers with other content under the headers of the right one, its ETag among them.
func (f *Faults) Lie(content []byte) {
	f.set(f.changed(func(r *http.Response) error {
		if err := r.Body.Close(); err != nil {
			return err
		}
		r.Body = io.NopCloser(bytes.NewReader(content))
		r.ContentLength = int64(len(content))
		r.Header.Set("Content-Length", strconv.Itoa(len(content)))
		for name := range r.Header { // a server that mistakes one object for another says the checksum of the other
			if low := strings.ToLower(name); strings.HasPrefix(low, "x-amz-checksum-") || low == "x-goog-hash" {
				r.Header.Del(name)
			}
		}
		return nil
	}))
}

// Stale answers all that is asked with a condition with "not modified".
func (f *Faults) Stale() {
	f.set(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match")+r.Header.Get("If-Modified-Since")+r.URL.Query().Get("ifGenerationNotMatch") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		f.direct.ServeHTTP(w, r)
	})
}

// Close ends the server: nothing listens at its port.
func (f *Faults) Close() { f.server.Close() }
