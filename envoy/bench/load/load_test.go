package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/routeiq/routeiq/envoy/bench/upstream"
	"github.com/routeiq/routeiq/envoy/bench/workload"
)

// plan asks for a workload on one connection.
func plan(url string, w workload.Workload) Plan {
	address := strings.TrimPrefix(url, "http://")
	p := Plan{
		Address: address, Request: Request("/v1/chat/completions", address, w.Body("m")), Connections: 1, For: time.Minute, Max: 3,
		Want: Want{Body: w.Answer(), Header: workload.HeaderModel, Value: "m"},
	}
	if w.Streams() {
		p.Want.FirstEvent = len(workload.Parts()[0])
	}
	return p
}

func TestRunCountsGoodAnswers(t *testing.T) {
	server := httptest.NewServer(upstream.Handler())
	defer server.Close()
	for _, w := range []workload.Workload{workload.Small, workload.Large, workload.Stream, workload.Paused} {
		for _, connections := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s %d", w.Name, connections), func(t *testing.T) {
				p := plan(server.URL, w)
				p.Connections, p.Max = connections, 9
				r, err := Run(t.Context(), p)
				if err != nil || r.Errors != 0 || len(r.Latencies) != 9 {
					t.Fatalf("%v, %d errors, %d good: %q", err, r.Errors, len(r.Latencies), r.Samples)
				}
				if w.Streams() != (len(r.FirstEvents) == 9) {
					t.Errorf("%d first events", len(r.FirstEvents))
				}
				for i, first := range r.FirstEvents {
					if whole := r.Latencies[i]; first <= 0 || first > whole {
						t.Errorf("the first event after %s, the last after %s", first, whole)
					}
				}
			})
		}
	}
}

func TestRunCountsEveryKindOfError(t *testing.T) {
	good := workload.Small.Answer()
	changed := append([]byte(nil), good...)
	changed[500]++
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"status":  {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusServiceUnavailable) }, "status 503"},
		"header":  {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(good) }, workload.HeaderModel},
		"changed": {func(w http.ResponseWriter, _ *http.Request) { ours(w); _, _ = w.Write(changed) }, "differs at byte 500"},
		"short":   {func(w http.ResponseWriter, _ *http.Request) { ours(w); _, _ = w.Write(good[:9]) }, "differs at byte 9 of 9"},
		"cut": {func(w http.ResponseWriter, _ *http.Request) {
			ours(w)
			w.Header().Set("content-length", "1024")
			_, _ = w.Write(good[:9])
			panic(http.ErrAbortHandler)
		}, "EOF"},
		"chunks cut": {func(w http.ResponseWriter, _ *http.Request) {
			ours(w)
			_, _ = w.Write(good[:9])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.answer)
			defer server.Close()
			r, err := Run(t.Context(), plan(server.URL, workload.Small))
			if err != nil || r.Errors != 3 || len(r.Latencies) != 0 {
				t.Fatalf("%v, %d errors, %d good", err, r.Errors, len(r.Latencies))
			}
			if len(r.Samples) != 3 || !strings.Contains(r.Samples[0], c.says) {
				t.Errorf("%q, expected %q", r.Samples, c.says)
			}
		})
	}
}

func ours(w http.ResponseWriter) { w.Header().Set(workload.HeaderModel, "m") }

func TestRunGoesOnAfterARefusedConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Run(t.Context(), plan("http://"+l.Addr().String(), workload.Small))
	if err != nil || r.Errors != 3 {
		t.Errorf("%v, %d errors, expected 3", err, r.Errors)
	}
}

func TestRunConnectsAnewWhenTheAnswerSaysClose(t *testing.T) {
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		ours(w)
		w.Header().Set("connection", "close")
		_, _ = w.Write(workload.Small.Answer())
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	r, err := Run(t.Context(), plan(server.URL, workload.Small))
	if err != nil || r.Errors != 0 || connections.Load() != 3 {
		t.Errorf("%v, %d errors %q, %d connections, expected 3", err, r.Errors, r.Samples, connections.Load())
	}
}

func TestRunEnds(t *testing.T) {
	server := httptest.NewServer(upstream.Handler())
	defer server.Close()
	p := plan(server.URL, workload.Small)
	p.Max, p.For = 0, time.Nanosecond
	if r, err := Run(t.Context(), p); err != nil || len(r.Latencies) != 0 || r.Errors != 0 {
		t.Errorf("after its time: %v, %d good, %d errors", err, len(r.Latencies), r.Errors)
	}

	ctx, cancel := context.WithCancel(t.Context())
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		// Only after the body was read does net/http notice that a client leaves.
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Error(err)
		}
		cancel() // the generator waits for an answer that never comes
		<-r.Context().Done()
	}))
	defer silent.Close()
	p = plan(silent.URL, workload.Small)
	if r, err := Run(ctx, p); err == nil || r.Errors != 0 {
		t.Errorf("cancelled: %v, %d errors", err, r.Errors)
	}
}

func TestRunRefusesAnEmptyPlan(t *testing.T) {
	for name, p := range map[string]Plan{
		"no connection": {Request: []byte("x"), For: 1},
		"no time":       {Request: []byte("x"), Connections: 1},
		"no request":    {Connections: 1, For: 1},
	} {
		if _, err := Run(t.Context(), p); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestShare(t *testing.T) {
	for _, c := range []struct{ max, connections int }{{7, 3}, {1, 4}, {8, 2}} {
		sum := 0
		for i := range c.connections {
			sum += share(c.max, c.connections, i)
		}
		if sum != c.max {
			t.Errorf("%d over %d connections gives %d", c.max, c.connections, sum)
		}
	}
	if share(0, 2, 0) != -1 {
		t.Error("no limit is not -1")
	}
}

// readAll reads one answer from text.
func readAll(text string) (*answer, error) {
	a := newAnswer(strings.NewReader(text), 0, 1)
	return a, a.read(&Want{Header: "x-a"})
}

func TestAnswer(t *testing.T) {
	for name, c := range map[string]struct{ text, body, header, fails string }{
		"length":           {"HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 3\r\n\r\nabc", "abc", "1", ""},
		"chunks":           {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nt: u\r\n\r\n", "abc", "", ""},
		"empty":            {"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "", "", ""},
		"no length":        {"HTTP/1.1 200 OK\r\n\r\nabc", "", "", "neither"},
		"bad length":       {"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "", "", "content-length"},
		"huge length":      {"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n", "", "", "content-length"},
		"gzip transfer":    {"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n", "", "", "transfer-encoding"},
		"bad chunk":        {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "", "", "no chunk size"},
		"huge chunk":       {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n7fffffff\r\n", "", "", "no chunk size"},
		"chunk too long":   {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n", "", "", "does not end"},
		"no colon":         {"HTTP/1.1 200 OK\r\nabc\r\n\r\n", "", "", "colon"},
		"no status":        {"HTTP/1.1\r\n\r\n", "", "", "status line"},
		"not HTTP":         {"SSH-2.0 200\r\n\r\n", "", "", "status line"},
		"cut in head":      {"HTTP/1.1 200 OK\r\ncont", "", "", io.EOF.Error()},
		"cut in body":      {"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\na", "", "", io.EOF.Error()},
		"head of one line": {"HTTP/1.1 200 " + strings.Repeat("a", bufferSize), "", "", bufio.ErrBufferFull.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := readAll(c.text)
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Errorf("%v, expected %q", err, c.fails)
				}
				return
			}
			if err != nil || string(a.body) != c.body || a.header != c.header {
				t.Errorf("%v, body %q, header %q", err, a.body, a.header)
			}
			if (len(c.body) > 0) == a.firstEvent.IsZero() {
				t.Errorf("the first event was timed: %v", !a.firstEvent.IsZero())
			}
		})
	}
}

// reads gives its parts one by one, and calls before ahead of each.
type reads struct {
	parts  []string
	before func(part int)
	at     int
}

func (r *reads) Read(p []byte) (int, error) {
	r.before(r.at)
	if r.at == len(r.parts) {
		return 0, io.EOF
	}
	r.at++
	return copy(p, r.parts[r.at-1]), nil
}

// TestFirstEventIsTimedWhenItIsThere: not with its beginning, and not with what follows.
func TestFirstEventIsTimedWhenItIsThere(t *testing.T) {
	var a *answer
	from := &reads{parts: []string{"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n12", "3456", "78", "9012"}}
	from.before = func(part int) {
		if timed, want := !a.firstEvent.IsZero(), part >= 2; timed != want {
			t.Errorf("before part %d the first event is timed: %v, expected %v", part, timed, want)
		}
	}
	a = newAnswer(from, 0, 6)
	if err := a.read(&Want{}); err != nil || string(a.body) != "123456789012" {
		t.Errorf("%v, %q", err, a.body)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc")
	f.Add("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		if a, err := readAll(text); err == nil && len(a.body) > len(text) {
			t.Errorf("%d bytes of body in %d bytes of text", len(a.body), len(text))
		}
	})
}
