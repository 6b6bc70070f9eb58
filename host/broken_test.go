package host

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// TestBrokenAnswer is every way in which an answer can end too early, after its headers went out. A stream of events
// whose adapter says so ends properly with what it says; everything else is cut.
func TestBrokenAnswer(t *testing.T) {
	ways := []struct {
		name    string
		then    func(http.ResponseWriter, *http.Request) // what the upstream does after its first piece
		headers []string
		flags   string
	}{
		{"reset", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil, "0x40"},
		{"silence", wait, nil, "0x4"},
		{"deadline", wait, []string{"x-timeout: 150"}, "0x4"},
		{"closed by a tick", wait, []string{"x-mode: stall"}, "0x8"},
	}
	for _, kind := range []string{"text/event-stream", "text/event-stream; charset=utf-8", "application/json"} {
		for _, mute := range []bool{false, true} {
			for _, way := range ways {
				if mute && way.name == "closed by a tick" {
					continue // the test's module has one mode at a time
				}
				t.Run(fmt.Sprintf("%s %s mute=%v", way.name, kind, mute), func(t *testing.T) {
					t.Parallel()
					b := newBench(t, map[string]string{"a": upstreamServer(t, func(w http.ResponseWriter, r *http.Request) {
						if _, err := io.Copy(io.Discard, r.Body); err != nil {
							return
						}
						w.Header().Set("Content-Type", kind)
						if _, err := io.WriteString(w, "data: 1\n\n"); err != nil {
							return
						}
						must(t, http.NewResponseController(w).Flush())
						way.then(w, r)
					})}, func(_ *Options, c *Config) {
						c.Document.Revision = "tick-late"
						if way.name == "silence" {
							c.Document.Groups = []abi.ModelGroup{{Deployments: []abi.Deployment{{TimeoutMS: 1}}}} // and a second
						}
					})
					headers := append([]string{"x-attempts: a,a"}, way.headers...)
					if mute {
						headers = append(headers, "x-mode: mute")
					}
					response, err := b.send(t.Context(), "hello", headers...)
					if err != nil {
						t.Fatal(err)
					}
					body, err := io.ReadAll(response.Body)
					must(t, response.Body.Close())
					if kind == "application/json" || mute {
						if err == nil || string(body) != "data: 1\n\n" {
							t.Errorf("it was not cut: %q %v", body, err)
						}
					} else if want := "data: 1\n\nevent: error\ndata: " + way.flags + "\n\n"; err != nil || string(body) != want {
						t.Errorf("%q %v, want %q", body, err, want)
					}
					if d := b.decided(t, 1); d.Attempts != 1 || d.Verdict.Flags != way.flags || d.Verdict.Code != 200 {
						t.Errorf("%+v", d)
					}
				})
			}
		}
	}
}

// wait says nothing more until the host has gone.
func wait(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// A length that was announced leaves no room for another word.
func TestBrokenStreamOfKnownLength(t *testing.T) {
	b := newBench(t, map[string]string{"a": upstreamServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Content-Length", "1000")
		if _, err := io.WriteString(w, "data: 1\n\n"); err != nil {
			t.Error(err)
		}
		must(t, http.NewResponseController(w).Flush())
		panic(http.ErrAbortHandler)
	})}, nil)
	response := b.open(t, t.Context(), "hello", "x-attempts: a")
	if body, err := io.ReadAll(response.Body); err == nil || string(body) != "data: 1\n\n" {
		t.Errorf("%q %v", body, err)
	}
	must(t, response.Body.Close())
}

// TestCloseBeforeTheAnswer: the module closes a stream whose upstream has not answered: its client is cut at once.
func TestCloseBeforeTheAnswer(t *testing.T) {
	b := newBench(t, map[string]string{"a": upstreamServer(t, silent)}, func(_ *Options, c *Config) { c.Document.Revision = "tick" })
	if response, err := b.send(t.Context(), "hello", "x-attempts: a,a", "x-mode: stall"); err == nil {
		t.Errorf("status %d", response.StatusCode)
		must(t, response.Body.Close())
	}
	if d := b.decided(t, 1); d.Attempts != 1 || d.Verdict.Flags != "0x8" {
		t.Errorf("%+v", d)
	}
}

// TestTickResumes: a tick lets an attempt go on that its adapter held, with the headers as the tick left them.
func TestTickResumes(t *testing.T) {
	reached := &seen{}
	b := newBench(t, map[string]string{"a": upstreamServer(t, reached.handler(429)), "b": upstreamServer(t, reached.handler(200))}, func(_ *Options, c *Config) {
		c.Document.Revision = "tick"
	})
	for _, body := range []string{"hello", ""} {
		if got := b.call(t, body, "x-attempts: a,b", "x-mode: pause"); got.status != 200 || got.header.Get("X-Relay-Attempts") != "2" {
			t.Errorf("%+v", got)
		}
	}
	requests, bodies := reached.all()
	if len(requests) != 4 || strings.Join(bodies, " ") != "hello|a hello|b  " {
		t.Fatalf("%q", bodies)
	}
	for _, r := range requests {
		if r.Header.Get("X-Resumed") != "by a tick" {
			t.Errorf("%v", r.Header)
		}
	}
}
