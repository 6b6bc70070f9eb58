// Package outage makes the primary of two deployments fail for the middle third of a run under steady load, and measures
// what clients noticed: how many were answered, how slow the slowest was once the breaker was open, and how soon the primary
// was used again.
package outage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	kit "github.com/routeiq/routeiq/abi/conformance"
	"github.com/routeiq/routeiq/envoy/faults/engine"
	"github.com/routeiq/routeiq/envoy/faults/provider"
	"github.com/routeiq/routeiq/envoy/faults/traffic"
)

// Fault is what the primary does in the outage.
type Fault string

// The faults.
const (
	Refuses Fault = "refuses connections"
	Hangs   Fault = "hangs"
)

// Plan is one run.
type Plan struct {
	Kind     engine.Kind
	Fault    Fault
	Breaker  bool          // it is on
	For      time.Duration // all of it; the outage is the middle third
	Rate     int           // requests a second, begun whether those before are over or not
	Deadline time.Duration // of a stream's first event (stream_timeout)
	Open     time.Duration // of the breaker: every pause, the first and those after failed probes
	Workers  int
}

// threshold is the number of failures that open the breaker: the default.
const threshold = 5

// clockStep is how much earlier than stated a deadline may seem to pass: the proxy counts it by a clock of its own.
const clockStep = 20 * time.Millisecond

// patience bounds one request; the configuration's own deadline is shorter.
const patience = 30 * time.Second

// request is one that was made.
type request struct {
	at         time.Duration // from the run's start
	took       time.Duration
	err        error
	deployment string
	attempts   int
}

// Run makes a run.
func Run(ctx context.Context, tools engine.Tools, p Plan) (result Result, err error) {
	dir, err := os.MkdirTemp("", "routeiq-outage-")
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	primary, err := provider.Start()
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, primary.Close()) }()
	fallback, err := provider.Start()
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, fallback.Close()) }()
	log := kit.NewLines(engine.Decision)
	proxy, err := tools.Start(ctx, p.Kind, engine.Options{Config: p.config(primary, fallback), Dir: dir, Workers: p.Workers, Stdout: log})
	if err != nil {
		return result, err
	}
	running := true
	defer func() {
		if running {
			err = errors.Join(err, proxy.Stop())
		}
	}()
	r := &run{plan: p, client: traffic.NewClient(proxy.URL, 4*p.Rate), primary: primary}
	if err := r.drive(ctx); err != nil {
		return result, err
	}
	r.client.HangUp()
	running = false
	if err := proxy.Stop(); err != nil { // writes what is left of the log
		return result, err
	}
	return r.result(log)
}

func (p Plan) config(primary, fallback *provider.Provider) string {
	var b strings.Builder
	b.WriteString("model_list:\n")
	for i, d := range []struct {
		id string
		at *provider.Provider
	}{{idPrimary, primary}, {idFallback, fallback}} {
		fmt.Fprintf(&b, "  - model_name: chat\n    litellm_params: {model: openai/%s, api_base: \"http://%s/v1\", api_key: none, order: %d}\n    model_info: {id: %s}\n",
			provider.Good, d.at.Address, i+1, d.id)
	}
	fmt.Fprintf(&b, "router_settings: {timeout: 20, stream_timeout: %g}\n", p.Deadline.Seconds())
	fmt.Fprintf(&b, "breaker: {enabled: %t, open_seconds: %g, max_open_seconds: %g}\n", p.Breaker, p.Open.Seconds(), p.Open.Seconds())
	return b.String()
}

// The ids of the deployments.
const (
	idPrimary  = "primary"
	idFallback = "fallback"
)

// run is a run that goes on.
type run struct {
	plan    Plan
	client  *traffic.Client
	primary *provider.Provider

	mu        sync.Mutex
	requests  []request
	began     time.Time
	broke     time.Duration // when the outage began, from the start
	recovered time.Duration // when it ended
}

// drive makes the requests, and the outage among them.
func (r *run) drive(ctx context.Context) error {
	if err := r.warmUp(ctx); err != nil {
		return err
	}
	r.began = time.Now()
	tick := time.NewTicker(time.Second / time.Duration(r.plan.Rate))
	defer tick.Stop()
	all := int(r.plan.For.Seconds() * float64(r.plan.Rate))
	var group sync.WaitGroup
	defer group.Wait()
	for i := range all {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		switch i {
		case all / 3:
			if err := r.breakDown(ctx); err != nil {
				return err
			}
			r.broke = time.Since(r.began)
		case all * 2 / 3:
			if err := r.comeBack(); err != nil {
				return err
			}
			r.recovered = time.Since(r.began)
		}
		group.Go(func() { r.once(ctx) })
	}
	return nil
}

// warmUp makes requests until the engine has made its connections and grown its heap: the healthy third is to be that.
func (r *run) warmUp(ctx context.Context) error {
	for range 4 * r.plan.Workers * 25 {
		if _, err := r.client.Do(ctx, traffic.Ask{Model: "chat", Stream: true}); err != nil {
			return fmt.Errorf("before the run: %w", err)
		}
	}
	return nil
}

func (r *run) breakDown(ctx context.Context) error {
	if r.plan.Fault == Hangs {
		r.primary.Hang(true)
		return nil
	}
	return r.primary.Refuse(ctx)
}

func (r *run) comeBack() error {
	if r.plan.Fault == Hangs {
		r.primary.Hang(false)
		return nil
	}
	return r.primary.Return()
}

func (r *run) once(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	at := time.Since(r.began)
	a, err := r.client.Do(ctx, traffic.Ask{Model: "chat", Stream: true})
	took := time.Since(r.began) - at
	if err == nil && a.Status != 200 {
		err = fmt.Errorf("status %d", a.Status)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, request{at, took, err, a.Deployment, a.Attempts})
}

// result judges what was measured.
func (r *run) result(log *kit.Lines) (Result, error) {
	slices.SortFunc(r.requests, func(a, b request) int { return int(a.at - b.at) })
	result := Result{Plan: r.plan, Requests: len(r.requests), OpenedAfter: Never, Recovery: Never}
	var healthy []time.Duration
	for _, q := range r.requests {
		if q.err != nil {
			if len(result.Samples) < samples {
				result.Samples = append(result.Samples, fmt.Sprintf("after %s: %v", q.at.Round(time.Millisecond), q.err))
			}
			continue
		}
		result.Answered++
		if q.at < r.broke {
			healthy = append(healthy, q.took)
		}
	}
	if len(healthy) == 0 {
		return result, errors.New("nothing was answered before the outage")
	}
	slices.Sort(healthy)
	result.HealthyP99 = healthy[min(len(healthy)*99/100, len(healthy)-1)]
	opened := time.Duration(Never)
	for _, q := range r.requests {
		inOutage := q.at >= r.broke && q.at < r.recovered
		if inOutage && opened == Never && q.deployment == idFallback && q.attempts == 1 {
			opened = q.at
			result.OpenedAfter = q.at - r.broke
		}
		if opened != Never && q.at >= opened {
			result.SlowestOpen = max(result.SlowestOpen, q.took)
		}
		if q.at >= r.broke && q.took > result.SlowBound() {
			if result.Slow++; q.took >= r.plan.Deadline-clockStep {
				result.Waited++
			}
		}
		if end := q.at + q.took; q.err == nil && q.at >= r.recovered && q.deployment == idPrimary && (result.Recovery == Never || end-r.recovered < result.Recovery) {
			result.Recovery = end - r.recovered
		}
	}
	for _, text := range log.All() {
		line, err := kit.ParseLine(text)
		if err != nil {
			return result, err
		}
		for _, a := range line.Attempts {
			if a.Probe && a.Class != "" {
				result.Probes++
			}
		}
	}
	return result, nil
}
