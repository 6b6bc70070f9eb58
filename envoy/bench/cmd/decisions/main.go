// Command decisions is `make decisions`: it measures what a routing decision costs with each strategy, among few candidates and
// many, natively, in our host and in a stock Envoy, and writes that into docs/benchmarks.md. Linux only.
//
//	go run ./envoy/bench/cmd/decisions -out docs/benchmarks.md
//	go run ./envoy/bench/cmd/decisions -strategies least-busy,random -candidates 1000
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/routeiq/routeiq/envoy/bench/decide"
	"github.com/routeiq/routeiq/envoy/bench/decisions"
	"github.com/routeiq/routeiq/envoy/bench/machine"
	"github.com/routeiq/routeiq/envoy/faults/section"
	"github.com/routeiq/routeiq/envoy/program"
	"github.com/routeiq/routeiq/plugins/strategy"
)

func main() { program.Main(run) }

// run is the whole program. A goal that is missed is said, and is no failure.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	began := time.Now()
	p := decisions.Plan{Progress: func(format string, args ...any) {
		fmt.Fprintf(stderr, "%6.1f s  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
	}}
	out, err := parse(&p, args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return program.Good
	}
	if err != nil {
		fmt.Fprintln(stderr, "decisions:", err)
		return program.Usage
	}
	if err := measure(ctx, p, out, stdout); err != nil {
		fmt.Fprintln(stderr, "decisions:", err)
		return program.Failed
	}
	return program.Good
}

func parse(p *decisions.Plan, args []string, stderr io.Writer) (out string, err error) {
	f := flag.NewFlagSet("decisions", flag.ContinueOnError)
	f.SetOutput(stderr)
	envoy := os.Getenv("ROUTEIQ_ENVOY")
	if envoy == "" {
		envoy = ".venv/bin/envoy"
	}
	var names, sizes string
	f.StringVar(&out, "out", "", "the `file` whose section is written; empty: standard output")
	f.StringVar(&p.Envoy, "envoy", envoy, "the Envoy to measure in")
	f.StringVar(&names, "strategies", "", "`names` with commas between them; empty: every strategy")
	f.StringVar(&sizes, "candidates", strings.Trim(strings.Join(strings.Fields(fmt.Sprint(decisions.Sizes)), ","), "[]"), "`numbers` with commas between them")
	f.BoolVar(&p.Models, "models", true, "trained models too")
	f.IntVar(&p.Batches, "batches", 9, "how often each is measured")
	f.IntVar(&p.Work, "work", 20_000, "candidates of all decisions of a batch")
	if err := f.Parse(args); err != nil {
		return "", err
	}
	if names != "" {
		p.Strategies = strings.Split(names, ",")
	}
	for _, name := range p.Strategies {
		if strategy.Registry()[name] == nil {
			return "", fmt.Errorf("-strategies=%s: there is no %q", names, name)
		}
	}
	for size := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil || n < 1 || n > decide.MaxCandidates {
			return "", fmt.Errorf("-candidates=%s: expected numbers from 1 to %d", sizes, decide.MaxCandidates)
		}
		p.Candidates = append(p.Candidates, n)
	}
	if f.NArg() > 0 || p.Batches < 1 || p.Batches > decide.MaxBatches || p.Work < 1 {
		return "", fmt.Errorf("-batches=%d -work=%d %q: expected flags alone, 1 to %d batches, and some work", p.Batches, p.Work, f.Args(), decide.MaxBatches)
	}
	return out, nil
}

// measure runs the plan and writes it down.
func measure(ctx context.Context, p decisions.Plan, out string, stdout io.Writer) error {
	if _, err := os.Stat(p.Envoy); err != nil {
		return fmt.Errorf("%w: run `make venv`, or set ROUTEIQ_ENVOY to an Envoy of version 1.39 or later", err)
	}
	cpu, err1 := machine.CPU()
	envoy, err2 := machine.Envoy(ctx, p.Envoy)
	load, err3 := machine.Load()
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	rows, err := decisions.Run(ctx, p)
	if err != nil {
		return err
	}
	ran := fmt.Sprintf("%s, %s, Envoy %s, load average before the run %s", time.Now().UTC().Format(time.DateOnly), cpu, envoy, load)
	text := decisions.Markdown(p, ran, rows)
	if out == "" {
		_, err = io.WriteString(stdout, text)
		return err
	}
	if _, err := io.WriteString(stdout, decisions.Summary(rows)); err != nil {
		return err
	}
	return section.Write(out, decisions.Name, text)
}
