// Command bench measures what RouteIQ costs: Envoy with the file `routeiq-agent render` prints beside plain Envoy, and
// routeiq-host beside a plain Go reverse proxy, in one run on one machine. It writes docs/benchmarks.md. Linux only: it
// reads /proc.
//
//	make bench                                     a whole run, under four minutes
//	go run ./envoy/bench -quick                    a rough one, on standard output
//	go run ./envoy/bench -profile DIR              keeps the host's CPU profile in DIR
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/routeiq/routeiq/envoy/program"
)

func main() { program.Main(run) }

// options are the command's flags.
type options struct {
	out                      string
	envoy, wasm, host, agent string // files
	rounds                   int
	slice, warmUp            time.Duration
	most                     int // requests of a slice; 0: as many as fit
	starts                   int
	split                    bool
	profile                  string // folder
	quick                    bool
	shown                    []string // the arguments that change what is measured

	role, listen, upstream, config, cache string // of a helper process
}

// run is the whole program.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return program.Good
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return program.Usage
	}
	if o.role != "" {
		err = serve(ctx, o)
	} else {
		err = measure(ctx, o, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return program.Failed
	}
	return program.Good
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.out, "out", "", "the `file` to write the report to; empty: standard output")
	f.StringVar(&o.envoy, "envoy", env("ROUTEIQ_ENVOY", ".venv/bin/envoy"), "the Envoy to measure")
	f.StringVar(&o.wasm, "wasm", env("ROUTEIQ_WASM", "build/routeiq.wasm"), "the module, for Envoy and for the host")
	f.StringVar(&o.host, "host", "build/routeiq-host", "the host to measure")
	f.StringVar(&o.agent, "agent", "build/routeiq-agent", "the agent that renders Envoy's file")
	f.IntVar(&o.rounds, "rounds", 7, "how often the proxies take turns for each workload")
	f.DurationVar(&o.slice, "slice", 350*time.Millisecond, "how long one proxy is measured at a time")
	f.IntVar(&o.most, "most", 0, "requests of one slice at most; 0: as many as fit")
	f.IntVar(&o.starts, "starts", 3, "how often each proxy is started to measure that")
	f.BoolVar(&o.split, "split", true, "measure what each part adds, and what the least module takes")
	f.StringVar(&o.profile, "profile", "", "the `folder` to keep the host's CPU profile in (of the role host: the file)")
	f.BoolVar(&o.quick, "quick", false, "2 rounds of 120 ms, one start: shows that everything works, not how fast it is")
	f.StringVar(&o.role, "role", "", "for the benchmark itself: upstream, goproxy or host")
	f.StringVar(&o.listen, "listen", "", "of a role: HOST:PORT")
	f.StringVar(&o.upstream, "upstream", "", "of the role goproxy: URL")
	f.StringVar(&o.config, "config", "", "of the role host: its configuration")
	f.StringVar(&o.cache, "cache", "", "of the role host: its folder of compiled modules")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag; see -help", f.Arg(0))
	}
	o.warmUp = 500 * time.Millisecond // the heap of a Go module in Envoy has grown to its size by then
	if o.quick {
		o.rounds, o.slice, o.warmUp, o.starts = 2, 120*time.Millisecond, 120*time.Millisecond, 1
	}
	f.Visit(func(v *flag.Flag) {
		switch v.Name {
		case "rounds", "slice", "most", "starts", "split", "quick":
			o.shown = append(o.shown, "-"+v.Name+"="+v.Value.String())
		}
	})
	if o.rounds < 1 || o.slice <= 0 || o.starts < 1 || o.most < 0 {
		return o, fmt.Errorf("%s: expected at least one round and one start, and a length", strings.Join(o.shown, " "))
	}
	return o, nil
}

func env(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}
