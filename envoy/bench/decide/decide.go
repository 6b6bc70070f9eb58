// Package decide measures what one routing decision costs. It is the same code natively and in a module: what differs is who
// runs it, and whose store it is handed.
package decide

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/routeiq/routeiq/abi"
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
	// Shape is the place of a trained model in Shapes, counted from 1, for a strategy that goes by one; 0: it goes by none. Prompt is
	// how many bytes the request's words have; 0: as many as they have.
	Shape, Prompt int
}

// Alone tells whether all that a strategy costs is its own code: not a trained model's, which Shapes are of, nor a language model's.
func Alone(k *routing.Kind) bool {
	asks := slices.ContainsFunc(k.Params, func(p routing.Param) bool { return p.Type == routing.Asked })
	return len(k.Artifacts) == 0 && !asks
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
	// Held is all memory that the program has of its machine by then, in bytes.
	Held uint64 `json:"held"`
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
	if c.Shape < 0 || c.Shape > len(Shapes) || (c.Shape > 0) != (len(kind.Artifacts) > 0) {
		return r, fmt.Errorf("%+v: expected a shape where the strategy goes by a trained model, 1 to %d", c, len(Shapes))
	}
	g := gathered{kind: kind, candidates: c.Candidates}
	p := play{nowMS: nowMS, last: last}
	if c.Shape > 0 {
		var a abi.Artifact
		a, p.vector = Shapes[c.Shape-1].artifact()
		g.artifacts, g.models = []abi.Artifact{a}, labelsOf(&Shapes[c.Shape-1])
	}
	if c.Prompt > 0 {
		p.last = strings.Repeat(last, c.Prompt/len(last)+1)[:c.Prompt]
	}
	var err1, err2 error
	p.worker, err1 = newWorker(clean, &g, nowMS)
	p.other, err2 = newWorker(clean, &g, nowMS)
	if err := errors.Join(err1, err2); err != nil {
		return r, err
	}
	for i := range g.artifacts { // as the module does
		g.artifacts[i].Numbers = ""
	}
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
	r.Held = memory().Sys
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

// gathered is what a document is made of.
type gathered struct {
	kind       *routing.Kind
	candidates int
	models     []string // that deployments serve, in turn; nil: see deployments
	artifacts  []abi.Artifact
}

func newWorker(s store.Store, g *gathered, nowMS int64) (*worker, error) {
	w := &worker{memory: routing.NewMemory(s)}
	w.memory.Tick(nowMS)
	deployments := deployments(g)
	var err1, err2 error
	w.router, err1 = routing.Compile(together(g, deployments), strategy.Registry(), w.memory)
	w.apart, err2 = routing.Compile(apart(g, deployments), strategy.Registry(), w.memory)
	return w, errors.Join(err1, err2)
}
