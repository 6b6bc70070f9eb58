// Command outage is `make outage`: it lets the first of two deployments fail under load, in the host and in a stock Envoy,
// and writes what clients noticed into docs/failures.md. Linux only.
//
//	go run ./envoy/faults/cmd/outage -out docs/failures.md
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/routeiq/routeiq/envoy/faults/engine"
	"github.com/routeiq/routeiq/envoy/faults/outage"
	"github.com/routeiq/routeiq/envoy/faults/section"
	"github.com/routeiq/routeiq/envoy/program"
)

func main() { program.Main(run) }

// run is the whole program. It fails when a promise does not hold.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var tools engine.Tools
	var out string
	plan := outage.Plan{Workers: 2}
	f := flag.NewFlagSet("outage", flag.ContinueOnError)
	f.SetOutput(stderr)
	tools.Flags(f)
	f.StringVar(&out, "out", "", "the `file` whose section is written; empty: only standard output")
	f.DurationVar(&plan.For, "for", time.Minute, "how long a run is; the outage is its middle third")
	f.IntVar(&plan.Rate, "rate", 200, "requests a second")
	f.DurationVar(&plan.Deadline, "deadline", time.Second, "stream_timeout: until a stream's first event")
	f.DurationVar(&plan.Open, "open", 5*time.Second, "the breaker's pauses")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return program.Good
	case err != nil:
		return program.Usage
	case f.NArg() > 0 || plan.For <= 0 || plan.Rate < 1 || plan.Deadline <= 0 || plan.Open <= 0:
		fmt.Fprintf(stderr, "outage: -for %s -rate %d -deadline %s -open %s %q: expected flags, and more than nothing of each\n", plan.For, plan.Rate, plan.Deadline, plan.Open, f.Args())
		return program.Usage
	}
	results, err := all(ctx, tools, plan, stdout)
	if err == nil && out != "" {
		err = section.Write(out, outage.Name, outage.Markdown("make outage", results, time.Now()))
	}
	if err != nil {
		fmt.Fprintln(stderr, "outage:", err)
		return program.Failed
	}
	for _, r := range results {
		if len(r.Broken()) > 0 {
			return program.Failed
		}
	}
	return program.Good
}

// all makes every run; those with the breaker on and off side by side.
func all(ctx context.Context, tools engine.Tools, plan outage.Plan, stdout io.Writer) (results []outage.Result, err error) {
	if err := tools.Check(); err != nil {
		return nil, err
	}
	for _, kind := range engine.Kinds {
		for _, fault := range []outage.Fault{outage.Refuses, outage.Hangs} {
			var pair [2]outage.Result
			var errs [2]error
			var group sync.WaitGroup
			for i, on := range []bool{true, false} {
				p := plan
				p.Kind, p.Fault, p.Breaker = kind, fault, on
				group.Go(func() { pair[i], errs[i] = outage.Run(ctx, tools, p) })
			}
			group.Wait()
			if err := errors.Join(errs[:]...); err != nil {
				return results, err
			}
			for _, r := range pair {
				results = append(results, r)
				if _, err := fmt.Fprintln(stdout, r.Summary()); err != nil {
					return results, err
				}
			}
		}
	}
	return results, nil
}
