// Package provider is the provider of the outage and of the soak: it answers chat completions as fast as it can, refuses or
// hangs when it is told to, and fails by itself for the models that are made to fail.
package provider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// Models that the provider knows; what it does depends on the one it is asked for.
const (
	Good    = "good"    // an answer
	Failing = "failing" // never one: an error, a reset, a rate limit, a stream whose first event is an error, in turn
	Moody   = "moody"   // MoodLength answers, then as many errors, again and again
	Paced   = "paced"   // a stream of PacedEvents, one every PacedEvery
)

// MoodLength is how many requests a mood lasts.
const MoodLength = 500

// Provider is one that runs.
type Provider struct {
	Address string // HOST:PORT of the loopback

	// PacedEvents and PacedEvery are those of the model Paced; set them before it is asked for.
	PacedEvents int
	PacedEvery  time.Duration

	server  *http.Server
	served  chan error
	hanging atomic.Bool
	closed  chan struct{} // closed by Close: requests that hang end
	failed  atomic.Int64  // requests for Failing
	moods   atomic.Int64  // requests for Moody
	gap     atomic.Int64  // the longest time between two events of Paced, ns
}

// Start serves on a free port.
func Start() (*Provider, error) {
	p := &Provider{closed: make(chan struct{})}
	return p, p.listen("127.0.0.1:0")
}

func (p *Provider) listen(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("the provider: %w", err)
	}
	p.Address, p.served = l.Addr().String(), make(chan error, 1)
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	go func(server *http.Server, served chan<- error) { served <- server.Serve(l) }(p.server, p.served)
	return nil
}

// Refuse makes the provider refuse connections: it stops to listen, what it is answering it answers to the end.
func (p *Provider) Refuse(ctx context.Context) error {
	return p.ended(p.server.Shutdown(ctx))
}

// Return makes a provider that refuses listen again, at the same address.
func (p *Provider) Return() error { return p.listen(p.Address) }

// Hang makes the provider take requests and never answer them, or answer again. Those that hang already go on to.
func (p *Provider) Hang(on bool) { p.hanging.Store(on) }

// LongestGap is the longest time that lay between two events of a paced stream when they were sent, since it was last asked.
func (p *Provider) LongestGap() time.Duration { return time.Duration(p.gap.Swap(0)) }

// Close ends the provider and every request in it.
func (p *Provider) Close() error {
	close(p.closed)
	return p.ended(p.server.Close())
}

func (p *Provider) ended(err error) error {
	if served := <-p.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	p.served <- http.ErrServerClosed // for who ends it again
	return err
}

// ServeHTTP implements http.Handler.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the proxy left
	}
	if p.hanging.Load() {
		select {
		case <-r.Context().Done():
		case <-p.closed:
		}
		panic(http.ErrAbortHandler)
	}
	stream := bytes.Contains(body, []byte(`"stream":true`))
	switch {
	case asked(body, Failing):
		p.fail(w, stream)
	case asked(body, Moody) && p.moods.Add(1)/MoodLength%2 == 1:
		refuse(w, http.StatusInternalServerError)
	case asked(body, Paced):
		p.pace(w, r)
	case stream:
		events(w)
	default:
		answer(w, http.StatusOK, "application/json", whole)
	}
}

func asked(body []byte, model string) bool {
	return bytes.Contains(body, []byte(`"model":"`+model+`"`))
}

// fail fails, in one of the ways in turn.
func (p *Provider) fail(w http.ResponseWriter, stream bool) {
	switch p.failed.Add(1) % 4 {
	case 0:
		refuse(w, http.StatusInternalServerError)
	case 1:
		refuse(w, http.StatusTooManyRequests)
	case 2:
		panic(http.ErrAbortHandler)
	default:
		if !stream {
			refuse(w, http.StatusServiceUnavailable)
			return
		}
		answer(w, http.StatusOK, "text/event-stream", []byte(`data: {"error":{"message":"It broke.","type":"server_error","param":null,"code":"server_error"}}`+"\n\n"))
	}
}

func refuse(w http.ResponseWriter, status int) {
	answer(w, status, "application/json", []byte(`{"error":{"message":"It broke.","type":"server_error","param":null,"code":null}}`))
}

func answer(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("content-type", contentType)
	w.Header().Set("content-length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a proxy that left is seen by its client
}

// The answers.
var (
	whole  = []byte(`{"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello from the provider."},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14}}`)
	chunks = [][]byte{chunk(`{"role":"assistant","content":""}`, "null"), chunk(`{"content":"Hello"}`, "null"), chunk(`{"content":" there."}`, "null"), chunk(`{}`, `"stop"`), []byte("data: [DONE]\n\n")}
)

func chunk(delta, finish string) []byte {
	return []byte(`data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"model":"m","choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + finish + "}]}\n\n")
}

// events sends a short stream, each event by itself.
func events(w http.ResponseWriter) {
	w.Header().Set("content-type", "text/event-stream")
	flush := http.NewResponseController(w)
	for _, c := range chunks {
		if _, err := w.Write(c); err != nil {
			return // the proxy left
		}
		if flush.Flush() != nil {
			return
		}
	}
}

// pace sends a long stream and notes how late its events were.
func (p *Provider) pace(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("content-type", "text/event-stream")
	flush := http.NewResponseController(w)
	tick := time.NewTicker(p.PacedEvery)
	defer tick.Stop()
	last := time.Now()
	for i := range p.PacedEvents {
		c := chunks[1]
		switch i {
		case 0:
			c = chunks[0]
		case p.PacedEvents - 1:
			c = append(bytes.Clone(chunks[3]), chunks[4]...)
		}
		if _, err := w.Write(c); err != nil {
			return
		}
		if flush.Flush() != nil {
			return
		}
		now := time.Now()
		p.note(now.Sub(last))
		if last = now; i == p.PacedEvents-1 {
			return
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

func (p *Provider) note(gap time.Duration) {
	for {
		had := p.gap.Load()
		if int64(gap) <= had || p.gap.CompareAndSwap(had, int64(gap)) {
			return
		}
	}
}
