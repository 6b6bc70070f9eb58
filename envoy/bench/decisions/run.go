// Package decisions measures what a routing decision costs, by strategy, number of candidates and what runs the core: native Go,
// our host, a stock Envoy. Linux only, as the rest of the benchmark.
package decisions

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/envoy/bench/decide"
	"github.com/routeiq/routeiq/plugins/strategy"
)

// Plan says what is measured.
type Plan struct {
	Envoy      string // the binary
	Candidates []int
	Strategies []string // empty: every one
	Models     bool     // trained models too, each of decide.Shapes
	Batches    int
	Work       int // candidates of all decisions of a batch: fewer rounds where there are many
	Progress   func(format string, args ...any)
}

// Sizes are the numbers of candidates that goals are about, and one between them.
var Sizes = []int{10, 100, 1000}

// leastRounds a batch has: fewer would measure the clock.
const leastRounds = 5

func (p *Plan) rounds(candidates int) int { return max(p.Work/candidates, leastRounds) }

// Row is what was measured of one strategy in one engine, among so many candidates.
type Row struct {
	Strategy, Engine string
	Candidates       int
	Module           bool // the heap is the core's alone
	Shape, Prompt    int  // of a trained model: see decide.Case
	decide.Result
}

// Run measures. The engines take turns for each case, so that what drifts in the machine hits all alike.
func Run(ctx context.Context, p Plan) (rows []Row, err error) {
	dir, err := os.MkdirTemp("", "routeiq-decisions-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	p.Progress("building the module")
	module, err := build(ctx, dir)
	if err != nil {
		return nil, err
	}
	engines := []*engine{startNative()}
	defer func() {
		for _, e := range engines {
			err = errors.Join(err, e.stop(context.WithoutCancel(ctx)))
		}
	}()
	for _, start := range []func() (*engine, error){
		func() (*engine, error) { return startHost(ctx, module, dir) },
		func() (*engine, error) { return startEnvoy(ctx, p.Envoy, module, dir) },
	} {
		e, err := start()
		if err != nil {
			return nil, err
		}
		engines = append(engines, e)
	}
	for _, e := range engines { // what a runtime makes once is no growth of the first case
		if _, err := e.measure(ctx, decide.Case{Strategy: abi.DefaultStrategy, Candidates: 1, Rounds: leastRounds, Batches: 1}); err != nil {
			return nil, fmt.Errorf("%s: %w", e.name, err)
		}
	}
	names := p.Strategies
	if len(names) == 0 {
		names = slices.DeleteFunc(slices.Sorted(maps.Keys(strategy.Registry())), func(name string) bool {
			return !decide.Alone(strategy.Registry()[name])
		})
	}
	for _, name := range names {
		p.Progress("%s", name)
		for _, candidates := range p.Candidates {
			for _, e := range engines {
				r, err := e.measure(ctx, decide.Case{Strategy: name, Candidates: candidates, Rounds: p.rounds(candidates), Batches: p.Batches})
				if err != nil {
					return nil, fmt.Errorf("%s, %s, %d candidates: %w", e.name, name, candidates, err)
				}
				rows = append(rows, Row{Strategy: name, Engine: e.name, Candidates: candidates, Module: e.module, Result: r})
			}
		}
	}
	if !p.Models {
		return rows, nil
	}
	for i := range decide.Shapes {
		for _, e := range engines {
			more, err := p.shape(ctx, e, i+1)
			if err != nil {
				return nil, err
			}
			rows = append(rows, more...)
		}
	}
	return rows, nil
}

// Prompts are how many bytes a request's words have, where their number counts.
var Prompts = []int{200, 2_000, 16_000}

// shape measures decisions by a trained model.
func (p *Plan) shape(ctx context.Context, e *engine, shape int) (rows []Row, err error) {
	s := &decide.Shapes[shape-1]
	p.Progress("%s, %s, %s", e.name, s.Strategy, s.Name)
	prompts, rounds := []int{0}, p.rounds(100)
	if s.Words {
		prompts = Prompts
	}
	if s.Heavy {
		rounds = leastRounds
	}
	for _, prompt := range prompts {
		c := decide.Case{Strategy: s.Strategy, Candidates: s.Labels(), Rounds: rounds, Batches: p.Batches, Shape: shape, Prompt: prompt}
		r, err := e.measure(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("%s, %s, %s: %w", e.name, s.Strategy, s.Name, err)
		}
		rows = append(rows, Row{Strategy: s.Strategy, Engine: e.name, Candidates: c.Candidates, Module: e.module, Shape: shape, Prompt: prompt, Result: r})
	}
	return rows, nil
}
