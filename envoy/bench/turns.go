package main

import (
	"context"
	"fmt"
	"time"

	"github.com/routeiq/routeiq/envoy/bench/load"
	"github.com/routeiq/routeiq/envoy/bench/report"
	"github.com/routeiq/routeiq/envoy/bench/workload"
)

// many is the higher of the two numbers of connections, deadMany that of the run with a dead deployment.
const (
	many     = 32
	deadMany = 64
)

// turns measures targets under one load. They take turns, and every second round goes backwards, so that a drift of the
// machine hits all of them alike. The answer has a series for each, in their order.
func (b *bench) turns(ctx context.Context, w workload.Workload, connections int, targets ...*target) ([]report.Series, []string, error) {
	all := make([]report.Series, len(targets))
	var notes []string
	for round := range b.rounds {
		for i := range targets {
			if round%2 == 1 {
				i = len(targets) - 1 - i
			}
			r, samples, err := b.turn(ctx, w, connections, targets[i], b.slice)
			if err != nil {
				return nil, nil, err
			}
			all[i] = append(all[i], r)
			for _, s := range samples {
				notes = append(notes, fmt.Sprintf("%s, %s, %s: %s", targets[i].name, w.Text, report.Connections(connections), s))
			}
		}
	}
	const most = 5 // the same thing is said once a round
	return all, notes[:min(len(notes), most)], nil
}

// turn measures one target for a moment.
func (b *bench) turn(ctx context.Context, w workload.Workload, connections int, t *target, d time.Duration) (r report.Round, samples []string, err error) {
	var before, after time.Duration
	if t.process != nil {
		if before, err = t.process.CPU(); err != nil {
			return r, nil, err
		}
	}
	got, err := load.Run(ctx, load.Plan{
		Address: t.address, Request: t.request(w), Want: t.want(w), Connections: connections, For: d, Max: b.most,
	})
	if err != nil {
		return r, nil, err
	}
	if t.process != nil {
		if after, err = t.process.CPU(); err != nil {
			return r, nil, err
		}
	}
	return report.Round{
		Requests: len(got.Latencies), Errors: got.Errors, Took: got.Took, CPU: after - before,
		P50: load.Percentile(got.Latencies, 50), P99: load.Percentile(got.Latencies, 99),
		FirstEvent: load.Percentile(got.FirstEvents, 50),
	}, got.Samples, nil
}

// warm lets code be compiled, pools filled and heaps grown before anything is measured. What goes wrong here goes wrong
// again where it is counted.
func (b *bench) warm(ctx context.Context, targets ...*target) error {
	for _, t := range targets {
		for _, w := range []workload.Workload{workload.Stream, workload.Large, workload.Small} {
			if _, _, err := b.turn(ctx, w, many, t, b.warmUp); err != nil {
				return err
			}
		}
	}
	return nil
}
