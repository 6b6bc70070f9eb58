package host

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func status(code int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return // the client is a host that gave this attempt up
		}
		w.WriteHeader(code)
		if _, err := io.WriteString(w, text); err != nil {
			return
		}
	}
}

// silent reads the request and never answers.
func silent(_ http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil { // net/http sees that a client left only when its body is read
		return
	}
	<-r.Context().Done()
}

func stream(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		if _, err := io.WriteString(w, text); err != nil {
			return
		}
	}
}

// TestRetries is the matrix of what an attempt can end with and what follows.
func TestRetries(t *testing.T) {
	b := newBench(t, map[string]string{
		"ok": upstreamServer(t, status(200, "fine")), "refused": refusing(t), "reset": resetting(t),
		"429": upstreamServer(t, status(429, "slow down")), "500": upstreamServer(t, status(500, "oops")), "400": upstreamServer(t, status(400, "bad")),
		"name": "http://no-such-host.invalid:80", "stream-error": upstreamServer(t, stream("error! at once")), "stream": upstreamServer(t, stream("data: 1")),
		"silent": upstreamServer(t, silent),
	}, nil)
	tests := []struct {
		attempts, timeout string
		status            int
		body              string
		made              int
		flags, details    string
	}{
		{"ok", "", 200, "fine", 1, "0x0", "via_upstream"},
		{"refused,ok", "", 200, "fine", 2, "0x0", "via_upstream"},
		{"reset,ok", "", 200, "fine", 2, "0x0", "via_upstream"},
		{"429,ok", "", 200, "fine", 2, "0x0", "via_upstream"},
		{"name,refused,reset,429,500,ok", "", 200, "fine", 6, "0x0", "via_upstream"},
		{"400,ok", "", 400, "bad", 1, "0x0", "via_upstream"},
		{"stream-error,stream", "", 200, "data: 1", 2, "0x0", "via_upstream"},
		{"429,429", "", 429, "slow down", 2, "0x8000", "via_upstream"},
		{"429,500", "", 500, "oops", 2, "0x8000", "via_upstream"},
		{"refused", "", 503, `{"flags":"0x8020","code":503,"details":"upstream_reset_before_response_started{remote_connection_failure|connection_refused}"}`, 1,
			"0x8020", "upstream_reset_before_response_started{remote_connection_failure|connection_refused}"},
		{"refused,reset", "", 503, `{"flags":"0x8040","code":503,"details":"upstream_reset_before_response_started{connection_termination}"}`, 2,
			"0x8040", "upstream_reset_before_response_started{connection_termination}"},
		{"silent,ok", "50", 504, `{"flags":"0x4","code":504,"details":"response_timeout"}`, 1, "0x4", "response_timeout"},
		{"nowhere,ok", "", 503, `{"flags":"0x1000000","code":503,"details":"cluster_not_found"}`, 0, "0x1000000", "cluster_not_found"},
		{"refused,nowhere", "", 503, `{"flags":"0x2","code":503,"details":"no_healthy_upstream"}`, 1, "0x2", "no_healthy_upstream"},
		{"", "", 503, `{"flags":"0x1000000","code":503,"details":"cluster_not_found"}`, 0, "0x1000000", "cluster_not_found"},
		{"routeiq_mock", "", 200, "mock", 1, "0x0", ""},
		{"refused,routeiq_mock", "", 200, "mock", 2, "0x0", ""},
	}
	for i, tt := range tests {
		t.Run(strings.ReplaceAll(tt.attempts, ",", "→")+tt.timeout, func(t *testing.T) {
			headers := []string{"x-attempts: " + tt.attempts}
			if tt.timeout != "" {
				headers = append(headers, "x-timeout: "+tt.timeout)
			}
			got := b.call(t, "hello", headers...)
			if got.status != tt.status || got.body != tt.body {
				t.Errorf("client got %d %q, want %d %q", got.status, got.body, tt.status, tt.body)
			}
			if got.header.Get("X-Request-Id") == "" || got.header.Get("X-Routeiq-Retry") != "" {
				t.Errorf("headers %v", got.header)
			}
			d := b.decided(t, i+1)
			if d.Attempts != tt.made || d.Verdict.Flags != tt.flags || d.Verdict.Code != tt.status {
				t.Errorf("decision %+v, want %d attempts, flags %s", d, tt.made, tt.flags)
			}
			// Where the module answered in place of the proxy, the details are its own, as in Envoy: none.
			if want := tt.details; d.Verdict.Details != want && (d.Verdict.Details != "" || tt.status != 503 && tt.status != 504) {
				t.Errorf("details %q, want %q", d.Verdict.Details, want)
			}
		})
	}
}

// seen is what an upstream got.
type seen struct {
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
}

func (s *seen) handler(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			body = []byte(err.Error())
		}
		s.mu.Lock()
		s.requests, s.bodies = append(s.requests, r), append(s.bodies, string(body))
		s.mu.Unlock()
		w.WriteHeader(code)
	}
}

func (s *seen) all() ([]*http.Request, []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests, s.bodies
}

// As in Envoy the header map is one for all attempts, and the body is not.
func TestHeadersPersistAndTheBodyDoesNot(t *testing.T) {
	first, second := &seen{}, &seen{}
	b := newBench(t, map[string]string{"a": upstreamServer(t, first.handler(500)), "b": upstreamServer(t, second.handler(200))}, func(_ *Options, c *Config) {
		c.Credentials = []abi.Credential{
			{Name: "key-a", Parts: []abi.CredentialPart{{Header: "authorization", Prefix: "Bearer ", Secret: abi.Secret{Value: "sk-a"}}, {Header: "x-extra", Secret: abi.Secret{Value: "e"}}}},
			{Name: "key-b", Parts: []abi.CredentialPart{{Header: "authorization", Prefix: "Bearer ", Secret: abi.Secret{Value: "sk-b"}}}},
		}
	})
	got := b.call(t, "hello", "x-attempts: a,b", "x-credential-a: key-a", "x-credential-b: key-b", "authorization: Bearer client", "x-request-id: my-id",
		"x-forwarded-proto: https", "x-envoy-anything: 1", "connection: x-hop", "x-hop: 1", "te: trailers")
	if got.status != 200 || got.header.Get("X-Relay-Attempts") != "2" || got.header.Get("X-Request-Id") != "my-id" {
		t.Fatalf("%+v", got)
	}
	for name, s := range map[string]*seen{"a": first, "b": second} {
		requests, bodies := s.all()
		if len(requests) != 1 || bodies[0] != "hello|"+name {
			t.Fatalf("%s got %d requests, bodies %q", name, len(requests), bodies)
		}
		r := requests[0]
		if r.Header.Get("Authorization") != "Bearer sk-"+name || r.URL.Path != "/"+name || r.Header.Get("X-Request-Id") != "my-id" || r.ContentLength != int64(len("hello|a")) {
			t.Errorf("%s got %v", name, r.Header)
		}
		for header := range r.Header {
			if lower := strings.ToLower(header); strings.HasPrefix(lower, "x-routeiq-") || strings.HasPrefix(lower, "x-envoy-") || lower == "x-forwarded-proto" || lower == "x-hop" || lower == "te" {
				t.Errorf("%s got %s", name, header)
			}
		}
	}
	requests, _ := second.all()
	if requests[0].Header.Get("X-Dirty-A") != "1" || requests[0].Header.Get("X-Extra") != "e" {
		t.Errorf("what the first attempt left is gone: %v", requests[0].Header)
	}
}

func TestUnknownCredential(t *testing.T) {
	reached := &seen{}
	b := newBench(t, map[string]string{"a": upstreamServer(t, reached.handler(200))}, func(_ *Options, c *Config) {
		c.Credentials = []abi.Credential{{Name: "unset", Parts: []abi.CredentialPart{{Header: "authorization", Secret: abi.Secret{Env: "NOT_SET"}}}}}
	})
	for _, name := range []string{"unset", "nobody"} {
		got := b.call(t, "hello", "x-attempts: a", "x-credential-a: "+name)
		if got.status != 500 || !strings.Contains(got.body, `"credential_not_available"`) {
			t.Errorf("%+v", got)
		}
	}
	if requests, _ := reached.all(); len(requests) != 0 {
		t.Error("the upstream was reached without its credential")
	}
}

// A body of 8 MiB is held, and sent again whole.
func TestLargeBodyIsRetried(t *testing.T) {
	s := &seen{}
	b := newBench(t, map[string]string{"500": upstreamServer(t, s.handler(500)), "ok": upstreamServer(t, s.handler(200))}, nil)
	body := strings.Repeat("0123456789abcdef", 8<<20/16)
	if got := b.call(t, body, "x-attempts: 500,ok"); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	_, bodies := s.all()
	if len(bodies) != 2 || bodies[0] != body+"|500" || bodies[1] != body+"|ok" {
		t.Errorf("%d bodies arrived changed", len(bodies))
	}
}

// The client sees a chunk before the upstream sends the next.
func TestStreamPassesChunkByChunk(t *testing.T) {
	for _, kind := range []string{"text/event-stream", "application/octet-stream"} {
		next := make(chan struct{})
		b := newBench(t, map[string]string{"a": upstreamServer(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			for range 3 {
				if _, err := io.WriteString(w, "data: x\n\n"); err != nil {
					return
				}
				must(t, http.NewResponseController(w).Flush())
				<-next
			}
			w.Header().Set(http.TrailerPrefix+"X-Checksum", "9")
		})}, nil)
		response := b.open(t, t.Context(), "hello", "x-attempts: a")
		buffer := make([]byte, 64)
		for range 3 {
			n, err := io.ReadAtLeast(response.Body, buffer, 9)
			if err != nil || string(buffer[:n]) != "data: x\n\n" {
				t.Fatalf("%q %v", buffer[:n], err)
			}
			next <- struct{}{}
		}
		if rest, err := io.ReadAll(response.Body); err != nil || len(rest) != 0 {
			t.Errorf("%q %v", rest, err)
		}
		if response.Trailer.Get("X-Checksum") != "9" {
			t.Errorf("trailers %v", response.Trailer)
		}
		must(t, response.Body.Close())
	}
}

// An answer that breaks off reaches the client as one that broke off.
func TestUpstreamBreaksInTheMiddle(t *testing.T) {
	b := newBench(t, map[string]string{"a": upstreamServer(t, func(w http.ResponseWriter, _ *http.Request) {
		if _, err := io.WriteString(w, "half"); err != nil {
			return
		}
		must(t, http.NewResponseController(w).Flush())
		panic(http.ErrAbortHandler)
	})}, nil)
	response := b.open(t, t.Context(), "hello", "x-attempts: a,a")
	body, err := io.ReadAll(response.Body)
	if string(body) != "half" || err == nil {
		t.Errorf("client got %q, error %v", body, err)
	}
	must(t, response.Body.Close())
	if d := b.decided(t, 1); d.Attempts != 1 || d.Verdict.Flags != "0x40" || d.Verdict.Code != 200 || d.Verdict.Details != "upstream_reset_after_response_started{connection_termination}" {
		t.Errorf("%+v", d)
	}
}

func TestClientLeaves(t *testing.T) {
	for _, when := range []string{"before the answer", "in the answer", "while the module holds"} {
		t.Run(when, func(t *testing.T) {
			arrived, gone := make(chan struct{}), make(chan struct{})
			b := newBench(t, map[string]string{"a": upstreamServer(t, func(w http.ResponseWriter, r *http.Request) {
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					t.Error(err)
				}
				if when == "in the answer" {
					if _, err := io.WriteString(w, "half"); err != nil {
						t.Error(err)
					}
					must(t, http.NewResponseController(w).Flush())
				}
				close(arrived)
				<-r.Context().Done()
				close(gone)
			})}, nil)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			headers := []string{"x-attempts: a,a"}
			if when == "while the module holds" {
				headers = append(headers, "x-mode: hold")
				close(arrived)
				close(gone)
			}
			ended := make(chan error, 1)
			go func() {
				response, err := b.send(ctx, "hello", headers...)
				if err == nil {
					_, err = io.ReadAll(response.Body)
					err = errors.Join(err, response.Body.Close())
				}
				ended <- err
			}()
			<-arrived
			for b.inFlight.Load() == 0 {
				select {
				case err := <-ended:
					t.Fatalf("the request ended: %v", err)
				default:
				}
			}
			cancel()
			<-gone
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("client got %v", err)
			}
			if d := b.decided(t, 1); d.Verdict.Flags != "0x4000" || d.Verdict.Details != "downstream_remote_disconnect" {
				t.Errorf("%+v", d)
			}
		})
	}
}

// An upstream that says nothing for too long is given up for the next.
func TestSilentAttempt(t *testing.T) {
	b := newBench(t, map[string]string{
		"silent": upstreamServer(t, silent),
		"ok":     upstreamServer(t, status(200, "fine")),
	}, func(_ *Options, c *Config) {
		c.Document.Groups = []abi.ModelGroup{{Deployments: []abi.Deployment{{TimeoutMS: 1000}}}}
	})
	if got := b.call(t, "hello", "x-attempts: silent,ok"); got.status != 200 || got.body != "fine" {
		t.Errorf("%+v", got)
	}
	if got := b.call(t, "hello", "x-attempts: silent"); got.status != 504 || !strings.Contains(got.body, `"flags":"0x8004"`) || !strings.Contains(got.body, "upstream_per_try_idle_timeout") {
		t.Errorf("%+v", got)
	}
}
