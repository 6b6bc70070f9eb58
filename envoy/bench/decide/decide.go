// Package decide measures what one routing decision costs. It is the same code natively and in a module: what differs is who
// runs it, and whose store it is handed.
package decide

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/store"
	"github.com/routeiq/routeiq/plugins/strategy"
)

// Case is what is measured.
type Case struct {
	Strategy   string
	Candidates int
	Rounds     int // decisions of a batch
	Batches    int
}

// Result is what was measured. The times have one value for each batch, in nanoseconds.
type Result struct {
	// Decision is the least that a request takes: Begin, with the shared data it reads, and the End of a request for which no
	// attempt was made. Request is one whose first attempt answers, and is learned from.
	Decision []float64 `json:"ns_per_decision"`
	Request  []float64 `json:"ns_per_request"`
	// Tick is one tick: what this worker learned is written, and what another learned of every deployment is read.
	Tick []float64 `json:"ns_per_tick"`
	// Bytes and Objects are what a decision allocates.
	Bytes   float64 `json:"bytes_per_decision"`
	Objects float64 `json:"objects_per_decision"`
	// HeapBefore and HeapAfter are live bytes before the first batch that counts and after the last one; Requests were
	// begun in between.
	HeapBefore uint64 `json:"heap_before"`
	HeapAfter  uint64 `json:"heap_after"`
	Requests   int    `json:"requests"`
}

// Growth is by how many bytes the heap grew for each request.
func (r *Result) Growth() float64 {
	return (float64(r.HeapAfter) - float64(r.HeapBefore)) / float64(max(r.Requests, 1))
}

// Run measures a case. What it writes into the store it makes empty again at its end.
func Run(c Case, s store.Store) (Result, error) {
	var r Result
	if c.Candidates < 1 || c.Candidates > MaxCandidates || c.Rounds < 1 || c.Batches < 1 || c.Batches > MaxBatches {
		return r, fmt.Errorf("%+v: expected 1 to %d candidates, a round, and 1 to %d batches", c, MaxCandidates, MaxBatches)
	}
	kind := strategy.Registry()[c.Strategy]
	if kind == nil {
		return r, fmt.Errorf("there is no strategy %q", c.Strategy)
	}
	clean := &cleaned{Store: s, keys: map[string]bool{}}
	defer clean.empty()
	nowMS := startMS(time.Now().UnixMilli())
	w, err1 := newWorker(clean, kind, c.Candidates, nowMS)
	other, err2 := newWorker(clean, kind, c.Candidates, nowMS)
	if err := errors.Join(err1, err2); err != nil {
		return r, err
	}
	p := play{worker: w, other: other, nowMS: nowMS}
	p.acquaint()
	// The first batch grows what grows once, and does not count.
	if err := p.batch(&Result{}, c.Rounds); err != nil {
		return r, fmt.Errorf("%s: %w", c.Strategy, err)
	}
	for _, times := range []*[]float64{&r.Decision, &r.Request, &r.Tick} {
		*times = make([]float64, 0, c.Batches) // before the heap is looked at
	}
	r.HeapBefore = heap().HeapAlloc
	for range c.Batches {
		if err := p.batch(&r, c.Rounds); err != nil {
			return r, fmt.Errorf("%s: %w", c.Strategy, err)
		}
	}
	r.HeapAfter = heap().HeapAlloc
	before := memory()
	if err := p.decide(c.Rounds); err != nil {
		return r, fmt.Errorf("%s: %w", c.Strategy, err)
	}
	after := memory()
	r.Bytes = float64(after.TotalAlloc-before.TotalAlloc) / float64(c.Rounds)
	r.Objects = float64(after.Mallocs-before.Mallocs) / float64(c.Rounds)
	runtime.KeepAlive(p)
	return r, nil
}

func memory() (m runtime.MemStats) {
	runtime.ReadMemStats(&m)
	return m
}

// heap is memory of which nothing is garbage: what one collection leaves to be swept, the next one has swept.
func heap() runtime.MemStats {
	runtime.GC()
	runtime.GC()
	return memory()
}

// worker is one VM of a proxy.
type worker struct {
	memory *routing.Memory
	router *routing.Router
	apart  *routing.Router // of a document with the same deployments, each in a group of its own: what one learns, the other knows
}

func newWorker(s store.Store, k *routing.Kind, candidates int, nowMS int64) (*worker, error) {
	w := &worker{memory: routing.NewMemory(s)}
	w.memory.Tick(nowMS)
	deployments := deployments(k, candidates)
	var err1, err2 error
	w.router, err1 = routing.Compile(together(k, deployments), strategy.Registry(), w.memory)
	w.apart, err2 = routing.Compile(apart(k, deployments), strategy.Registry(), w.memory)
	return w, errors.Join(err1, err2)
}
