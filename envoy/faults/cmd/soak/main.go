// Command soak is `make soak`: it sends a million requests of every kind through the host and through a stock Envoy, looks
// whether they grow, and writes what it saw into docs/benchmarks.md. Linux only.
//
//	go run ./envoy/faults/cmd/soak -out docs/benchmarks.md
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/routeiq/routeiq/envoy/faults/engine"
	"github.com/routeiq/routeiq/envoy/faults/section"
	"github.com/routeiq/routeiq/envoy/faults/soak"
	"github.com/routeiq/routeiq/envoy/program"
)

func main() { program.Main(run) }

// run is the whole program. It fails when a promise does not hold.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var tools engine.Tools
	var out string
	plan := soak.Plan{Workers: 2}
	f := flag.NewFlagSet("soak", flag.ContinueOnError)
	f.SetOutput(stderr)
	tools.Flags(f)
	f.StringVar(&out, "out", "", "the `file` whose section is written; empty: only standard output")
	f.IntVar(&plan.Requests, "n", 1_000_000, "requests through each")
	f.IntVar(&plan.Connections, "connections", 32, "requests in flight")
	f.IntVar(&plan.Streams, "streams", 512, "streams at once, when the requests are over")
	f.IntVar(&plan.Events, "events", 50, "events of each of them")
	f.DurationVar(&plan.Every, "every", 200*time.Millisecond, "between two events")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return program.Good
	case err != nil:
		return program.Usage
	case f.NArg() > 0 || plan.Requests < 10 || plan.Connections < 1 || plan.Streams < 1 || plan.Events < 2 || plan.Every <= 0:
		fmt.Fprintf(stderr, "soak: -n %d -connections %d -streams %d -events %d -every %s %q: expected flags, ten requests and two events at least, and more than nothing of the others\n",
			plan.Requests, plan.Connections, plan.Streams, plan.Events, plan.Every, f.Args())
		return program.Usage
	}
	results, err := all(ctx, tools, plan, stdout)
	if err == nil && out != "" {
		err = section.Write(out, soak.Name, soak.Markdown("make soak", results, time.Now()))
	}
	if err != nil {
		fmt.Fprintln(stderr, "soak:", err)
		return program.Failed
	}
	for _, r := range results {
		if len(r.Broken()) > 0 {
			return program.Failed
		}
	}
	return program.Good
}

// all makes a run through each data plane.
func all(ctx context.Context, tools engine.Tools, plan soak.Plan, stdout io.Writer) (results []soak.Result, err error) {
	if err := tools.Check(); err != nil {
		return nil, err
	}
	for _, kind := range engine.Kinds {
		plan.Kind = kind
		r, err := soak.Run(ctx, tools, plan)
		if err != nil {
			return results, fmt.Errorf("%s: %w", kind, err)
		}
		results = append(results, r)
		if _, err := fmt.Fprintln(stdout, r.Summary()); err != nil {
			return results, err
		}
	}
	return results, nil
}
