// Package load is a closed-loop load generator: so many connections, each with one request in flight. It writes bytes
// that were made before and compares every answer with the one expected, so it costs the machine little and an answer
// that differs in one byte is an error. It speaks HTTP/1.1 by itself, since net/http's client costs as much as a proxy.
package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// Plan is one run.
type Plan struct {
	Address     string // HOST:PORT
	Request     []byte // see Request
	Want        Want
	Connections int
	For         time.Duration // no request begins later
	Max         int           // requests at most over all connections; 0: as many as fit into For
}

// Want is what every answer must be.
type Want struct {
	Body       []byte // the whole body, once unchunked
	FirstEvent int    // bytes of the body that make the first event; 0: it is not timed
	Header     string // lower case; empty: none is looked at
	Value      string // of Header
}

// Result is what was measured.
type Result struct {
	Latencies   []time.Duration // from the request's first byte to the answer's last, of good answers, in no order
	FirstEvents []time.Duration // from the request's first byte to the whole first event
	Errors      int
	Samples     []string // the first few errors, in words
	Took        time.Duration
}

const (
	// grace is how long an answer may take after Plan.For has passed.
	grace = 15 * time.Second
	// samples bounds Result.Samples.
	samples = 3
)

// Request returns the bytes of a POST.
func Request(path, host string, body []byte) []byte {
	head := "POST " + path + " HTTP/1.1\r\nhost: " + host + "\r\ncontent-type: application/json\r\naccept: application/json\r\n" +
		"user-agent: routeiq-bench\r\ncontent-length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
	return append([]byte(head), body...)
}

// Run makes the requests of a plan and returns when the last is answered. Errors of requests are in the Result; the
// error tells that the plan itself is wrong, or that ctx ended.
func Run(ctx context.Context, p Plan) (Result, error) {
	if p.Connections < 1 || p.For <= 0 || len(p.Request) == 0 {
		return Result{}, fmt.Errorf("load: %d connections, %s, a request of %d bytes: expected more than none of each", p.Connections, p.For, len(p.Request))
	}
	began := time.Now()
	workers := make([]worker, p.Connections)
	var all sync.WaitGroup
	for i := range workers {
		w := &workers[i]
		w.plan, w.until, w.max = &p, began.Add(p.For), share(p.Max, p.Connections, i)
		all.Go(func() { w.run(ctx) })
	}
	all.Wait()
	r := Result{Took: time.Since(began)}
	for i := range workers {
		w := &workers[i]
		r.Latencies = append(r.Latencies, w.latencies...)
		r.FirstEvents = append(r.FirstEvents, w.firstEvents...)
		r.Errors += w.errors
		r.Samples = append(r.Samples, w.samples...)
	}
	r.Samples = r.Samples[:min(len(r.Samples), samples)]
	return r, ctx.Err()
}

// share is the part of connection i in max requests; -1: no limit.
func share(max, connections, i int) int {
	if max == 0 {
		return -1
	}
	n := max / connections
	if i < max%connections {
		n++
	}
	return n
}

// worker is one connection.
type worker struct {
	plan        *Plan
	until       time.Time
	max         int
	conn        net.Conn
	release     func() bool // lets go of the context
	answer      *answer
	latencies   []time.Duration
	firstEvents []time.Duration
	errors      int
	samples     []string
}

func (w *worker) run(ctx context.Context) {
	defer w.hangUp()
	for n := 0; n != w.max && ctx.Err() == nil && time.Now().Before(w.until); n++ {
		if err := w.exchange(ctx); err != nil {
			if ctx.Err() != nil {
				return // interrupted: not the proxy's fault
			}
			w.errors++
			if len(w.samples) < samples {
				w.samples = append(w.samples, err.Error())
			}
			w.hangUp()
		}
	}
}

func (w *worker) hangUp() {
	if w.conn != nil {
		w.release()
		_ = w.conn.Close() // whatever went wrong was counted when it was read or written
		w.conn = nil
	}
}

// exchange makes one request and reads its answer.
func (w *worker) exchange(ctx context.Context) error {
	if w.conn == nil {
		dialer := net.Dialer{Timeout: grace}
		conn, err := dialer.DialContext(ctx, "tcp", w.plan.Address)
		if err != nil {
			return err
		}
		if err := conn.SetDeadline(w.until.Add(grace)); err != nil {
			return errors.Join(err, conn.Close())
		}
		w.release = context.AfterFunc(ctx, func() { _ = conn.Close() }) // ends a read that waits
		w.conn, w.answer = conn, newAnswer(conn, len(w.plan.Want.Body), w.plan.Want.FirstEvent)
	}
	began := time.Now()
	if _, err := w.conn.Write(w.plan.Request); err != nil {
		return err
	}
	err := w.answer.read(&w.plan.Want)
	took := time.Since(began)
	if err == nil {
		err = w.answer.check(&w.plan.Want)
	}
	if err != nil {
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("the connection was closed in the answer: %w", err)
		}
		return err
	}
	w.latencies = append(w.latencies, took)
	if w.plan.Want.FirstEvent > 0 {
		w.firstEvents = append(w.firstEvents, w.answer.firstEvent.Sub(began))
	}
	if w.answer.last {
		w.hangUp()
	}
	return nil
}
