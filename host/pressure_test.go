package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// contexts is how many contexts live in all VMs.
func (b *bench) contexts() int {
	n := 0
	g := b.generation.Load()
	for i := range g.members {
		n += g.members[i].Load().worker.vm.Contexts()
	}
	return n
}

// settles waits until as many goroutines and VM contexts are there as before, and nothing is in flight.
func (b *bench) settles(t *testing.T, contexts, goroutines int) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for b.contexts() != contexts || runtime.NumGoroutine() > goroutines || b.inFlight.Load() != 0 {
		if time.Now().After(deadline) {
			t.Fatalf("%d VM contexts are left of %d, %d goroutines of %d, %d exchanges",
				b.contexts(), contexts, runtime.NumGoroutine(), goroutines, b.inFlight.Load())
		}
		http.DefaultClient.CloseIdleConnections()
		b.pool.Close()
		runtime.Gosched()
	}
}

// calm makes one call, so that what is made once is there, and returns the counts to come back to.
func (b *bench) calm(t *testing.T) (contexts, goroutines int) {
	t.Helper()
	contexts = b.contexts()
	b.call(t, "hello", "x-attempts: ok")
	http.DefaultClient.CloseIdleConnections()
	b.pool.Close()
	for b.contexts() != contexts || b.inFlight.Load() != 0 {
		runtime.Gosched()
	}
	return contexts, runtime.NumGoroutine()
}

// TestManyStreams: 512 streams at once all go on, each piece by piece, and leave nothing behind.
func TestManyStreams(t *testing.T) {
	const streams = 512
	var begun sync.WaitGroup
	begun.Add(streams)
	b := newBench(t, map[string]string{"ok": upstreamServer(t, status(200, "fine")), "a": upstreamServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 40 { // many small pieces
			if i == 1 {
				begun.Done()
				begun.Wait() // nobody goes on before all are there
			}
			if _, err := fmt.Fprintf(w, "data: %d\n\n", i); err != nil {
				t.Error(err)
			}
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
		}
	})}, nil)
	contexts, goroutines := b.calm(t)
	var want strings.Builder
	for i := range 40 {
		fmt.Fprintf(&want, "data: %d\n\n", i)
	}
	var clients sync.WaitGroup
	for range streams {
		clients.Go(func() {
			response, err := b.send(t.Context(), "hello", "x-attempts: a")
			if err != nil {
				t.Error(err)
				return
			}
			body, err := io.ReadAll(response.Body)
			if err != nil || string(body) != want.String() || response.Body.Close() != nil {
				t.Errorf("%d %d bytes %v", response.StatusCode, len(body), err)
			}
		})
	}
	clients.Wait()
	b.settles(t, contexts, goroutines)
}

// TestClientsThatLeave: at whatever point clients leave, nothing of their exchanges stays.
func TestClientsThatLeave(t *testing.T) {
	endless := func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, "data: 1\n\n"); err != nil {
				return
			}
			if http.NewResponseController(w).Flush() != nil {
				return
			}
		}
	}
	b := newBench(t, map[string]string{"ok": upstreamServer(t, status(200, "fine")), "endless": upstreamServer(t, endless), "silent": upstreamServer(t, silent)}, nil)
	contexts, goroutines := b.calm(t)
	leave := map[string]func() error{
		"half a head": func() error { return b.leaves("POST /v1/x HTTP/1.1\r\nHost: h\r\nx-atte", 0) },
		"half a body": func() error {
			return b.leaves("POST /v1/x HTTP/1.1\r\nHost: h\r\nx-attempts: ok\r\nContent-Length: 50\r\n\r\nhel", 0)
		},
		"no answer yet": func() error {
			return b.leaves("POST /v1/x HTTP/1.1\r\nHost: h\r\nx-attempts: silent\r\nContent-Length: 5\r\n\r\nhello", 0)
		},
		"held by module": func() error { return b.leaves("GET /v1/x HTTP/1.1\r\nHost: h\r\nx-mode: hold\r\n\r\n", 0) },
		"in the stream": func() error {
			return b.leaves("POST /v1/x HTTP/1.1\r\nHost: h\r\nx-attempts: endless\r\nContent-Length: 5\r\n\r\nhello", 300)
		},
	}
	for name, one := range leave {
		t.Run(name, func(t *testing.T) {
			var clients sync.WaitGroup
			for range 8 {
				clients.Go(func() {
					for range 8 {
						must(t, one())
					}
				})
			}
			clients.Wait()
			b.settles(t, contexts, goroutines)
		})
	}
}

// leaves sends bytes, reads some of the answer and closes the connection.
func (b *bench) leaves(text string, read int64) error {
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
	if err != nil {
		return err
	}
	_, err = io.WriteString(conn, text)
	if err == nil {
		_, err = io.CopyN(io.Discard, conn, read)
	}
	return errors.Join(err, conn.Close())
}

// TestSlowClient: a client that does not read makes its upstream wait; the host does not gather the answer.
func TestSlowClient(t *testing.T) {
	const size = 256 << 20
	piece := make([]byte, 64<<10)
	stuck := make(chan int, 1)
	b := newBench(t, map[string]string{"a": upstreamServer(t, func(w http.ResponseWriter, _ *http.Request) {
		sent, c := 0, http.NewResponseController(w)
		for sent < size {
			// Far longer than the whole answer takes when somebody reads it.
			must(t, c.SetWriteDeadline(time.Now().Add(time.Second)))
			n, err := w.Write(piece)
			sent += n
			if err != nil {
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("the upstream could not write: %v", err)
				}
				break
			}
		}
		stuck <- sent
	})}, nil)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	response := b.open(t, t.Context(), "hello", "x-attempts: a")
	sent := <-stuck
	runtime.GC()
	runtime.ReadMemStats(&after)
	if sent >= size {
		t.Errorf("all %d bytes were taken from the upstream, and nobody reads them", sent)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
		t.Errorf("the host holds %d bytes more", grown)
	}
	must(t, response.Body.Close())
}

// TestClientThatReadsNothing is given up after a while, and its upstream is not at fault.
func TestClientThatReadsNothing(t *testing.T) {
	var asked atomic.Int64
	b := newBench(t, map[string]string{"a": upstreamServer(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		piece := make([]byte, 64<<10)
		for r.Context().Err() == nil {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	})}, func(o *Options, _ *Config) { o.IdleTimeout = 200 * time.Millisecond })
	conn, _ := b.raw(t, "GET /v1/x HTTP/1.1\r\nHost: h\r\nx-attempts: a\r\n\r\n")
	if d := b.decided(t, 1); d.Verdict.Flags != "0x4000" || d.Verdict.Details != "downstream_remote_disconnect" || asked.Load() != 1 {
		t.Errorf("%+v", d)
	}
	must(t, conn.Close())
}

// TestHeldTooLong: a module that holds a request and forgets it does not hold it for ever.
func TestHeldTooLong(t *testing.T) {
	b := newBench(t, nil, func(o *Options, _ *Config) { o.IdleTimeout = 50 * time.Millisecond })
	for _, body := range []string{"hello", ""} {
		if got := b.call(t, body, "x-mode: hold"); got.status != 504 || !strings.Contains(got.body, `"details":"stream_idle_timeout"`) {
			t.Errorf("%+v", got)
		}
	}
}

// TestHugeHeaders are refused before a module sees them.
func TestHugeHeaders(t *testing.T) {
	b := newBench(t, map[string]string{"ok": upstreamServer(t, status(200, "fine"))}, nil)
	server, err := b.Listen(ServerOptions{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx) }()
	b.url = server.URL()
	if got := b.call(t, "hello", "x-attempts: ok", "x-large: "+strings.Repeat("a", 48<<10)); got.status != 200 {
		t.Errorf("large: %d", got.status)
	}
	if got := b.call(t, "hello", "x-attempts: ok", "x-huge: "+strings.Repeat("a", 80<<10)); got.status != 431 {
		t.Errorf("huge: %d", got.status)
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	must(t, <-served)
}
