// Package soak sends a very large number of requests of every kind through a data plane and looks whether it grows: its memory
// and its open descriptors after a tenth of them and at the end. Then it opens many streams at once and looks whether one
// of them stalls. Linux only: it reads /proc.
package soak

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/routeiq/routeiq/envoy/faults/engine"
	"github.com/routeiq/routeiq/envoy/faults/provider"
	"github.com/routeiq/routeiq/envoy/faults/traffic"
)

// Plan is one run.
type Plan struct {
	Kind        engine.Kind
	Requests    int
	Connections int // requests in flight
	Workers     int // VMs of the host, threads of Envoy
	Streams     int // at once, when the requests are over
	Events      int // of each of them
	Every       time.Duration
}

// Result is what a run showed.
type Result struct {
	Plan   Plan
	Took   time.Duration // of the requests
	Counts [kinds]int    // of requests, by kind
	Wrong  int           // requests that were not answered as they should be
	// Start is when it served and had not been asked anything; Tenth after a tenth of the requests, End after all: both with
	// nothing in flight and no client connected.
	Start, Tenth, End Mark

	Whole       int           // of the streams
	Gap         time.Duration // the longest time between two pieces of a stream, at a client
	ProviderGap time.Duration // likewise, where the provider sent them
	Samples     []string      // of what went wrong
}

// Mark is what the process holds at one moment.
type Mark struct {
	RSS         int64 // bytes
	Descriptors int
}

// Kinds of requests, in the order in which they are made.
const (
	whole    = iota // a JSON answer
	streamed        // a stream
	failing         // the first deployment fails, each time in another way
	moody           // the first deployment fails for a while, so that its breaker opens and closes
	aborted         // the client leaves a long stream at its beginning
	kinds
)

// Kinds names them.
var Kinds = [kinds]string{"JSON", "stream", "first deployment fails", "first deployment fails now and then", "client leaves"}

// kindOf deals the kinds out: of twenty, ten JSON, five streams, two and two that fail, and one that is left.
func kindOf(i int) int {
	switch n := i % 20; {
	case n == 0:
		return aborted
	case n < 3:
		return failing
	case n < 5:
		return moody
	case n < 10:
		return streamed
	}
	return whole
}

const (
	samples = 3
	// patience bounds one request.
	patience = time.Minute
)

// Run makes a run.
func Run(ctx context.Context, tools engine.Tools, p Plan) (result Result, err error) {
	dir, err := os.MkdirTemp("", "routeiq-soak-")
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	upstream, err := provider.Start()
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, upstream.Close()) }()
	upstream.PacedEvents, upstream.PacedEvery = p.Events, p.Every
	proxy, err := tools.Start(ctx, p.Kind, engine.Options{Config: config(upstream), Dir: dir, Workers: p.Workers})
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, proxy.Stop()) }()
	r := &run{proxy: proxy, result: Result{Plan: p}}
	if err := r.all(ctx); err != nil {
		return r.result, err
	}
	upstream.LongestGap() // forgets those of the streams that were left
	err = r.streams(ctx)
	r.result.ProviderGap = upstream.LongestGap()
	return r.result, err
}

func config(at *provider.Provider) string {
	text := "model_list:\n"
	for _, d := range []struct{ group, model, more string }{
		{"steady", provider.Good, "model_info: {id: steady-a}"},
		{"steady", provider.Good, "model_info: {id: steady-b}"},
		// Without a breaker it is tried every time.
		{"failing", provider.Failing, "order: 1}\n    model_info: {id: failing-a, breaker: {enabled: false}}"},
		{"failing", provider.Good, "order: 2}\n    model_info: {id: failing-b}"},
		{"moody", provider.Moody, "order: 1}\n    model_info: {id: moody-a}"},
		{"moody", provider.Good, "order: 2}\n    model_info: {id: moody-b}"},
		{"paced", provider.Paced, "model_info: {id: paced-a}"},
	} {
		end := "}\n    "
		if d.more[0] == 'o' {
			end = ", "
		}
		text += fmt.Sprintf("  - model_name: %s\n    litellm_params: {model: openai/%s, api_base: \"http://%s/v1\", api_key: none%s%s\n", d.group, d.model, at.Address, end, d.more)
	}
	return text + "router_settings: {timeout: 50}\nbreaker: {open_seconds: 1}\n"
}

// run is a run that goes on.
type run struct {
	proxy  *engine.Proxy
	result Result
	mu     sync.Mutex
}

// all makes the requests, and looks at the process in between.
func (r *run) all(ctx context.Context) (err error) {
	if r.result.Start, err = r.mark(ctx); err != nil {
		return err
	}
	n := r.result.Plan.Requests
	for _, part := range []struct {
		from, to int
		mark     *Mark
	}{{0, n / 10, &r.result.Tenth}, {n / 10, n, &r.result.End}} {
		began := time.Now()
		client := traffic.NewClient(r.proxy.URL, r.result.Plan.Connections)
		next := atomic.Int64{}
		next.Store(int64(part.from))
		var group sync.WaitGroup
		for range r.result.Plan.Connections {
			group.Go(func() {
				for i := int(next.Add(1)) - 1; i < part.to && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
					r.once(ctx, client, i)
				}
			})
		}
		group.Wait()
		client.HangUp()
		r.result.Took += time.Since(began)
		if *part.mark, err = r.mark(ctx); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// groups are the models that are asked for, by kind.
var groups = [kinds]string{"steady", "steady", "failing", "moody", "paced"}

func (r *run) once(ctx context.Context, client *traffic.Client, i int) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	kind := kindOf(i)
	stream := kind == streamed || kind == aborted || (kind == failing || kind == moody) && i%2 == 0
	a, err := client.Do(ctx, traffic.Ask{Model: groups[kind], Stream: stream, Leave: kind == aborted})
	if err == nil && (a.Status != 200 || a.Left != (kind == aborted)) {
		err = fmt.Errorf("status %d, left %t", a.Status, a.Left)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Counts[kind]++
	if err != nil {
		r.wrong(fmt.Errorf("request %d, %s: %w", i, Kinds[kind], err))
		r.result.Wrong++
	}
}

func (r *run) wrong(err error) {
	if len(r.result.Samples) < samples {
		r.result.Samples = append(r.result.Samples, err.Error())
	}
}

// How a process is looked at: when its descriptors have not changed for a while, it has let go of what it lets go of.
const (
	markEvery  = 100 * time.Millisecond
	markStill  = 10 // looks in a row
	markWithin = 15 * time.Second
)

func (r *run) mark(ctx context.Context) (m Mark, err error) {
	tick := time.NewTicker(markEvery)
	defer tick.Stop()
	still := 0
	for until := time.Now().Add(markWithin); still < markStill && time.Now().Before(until); {
		n, err := r.proxy.Descriptors()
		if err != nil {
			return m, err
		}
		if still++; n != m.Descriptors {
			m.Descriptors, still = n, 0
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return m, ctx.Err()
		}
	}
	memory, err := r.proxy.Memory()
	m.RSS = memory.RSS
	return m, err
}
