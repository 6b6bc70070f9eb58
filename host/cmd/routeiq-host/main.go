// Command routeiq-host is RouteIQ's data plane without Envoy: it reads a configuration in LiteLLM's shape, or follows an
// agent, and serves clients with the module in it. It ends with 0 when it was asked to end, with 1 when it cannot run, every
// reason on standard error, and with 2 when it was called wrongly.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks; after it they are no longer caught, so that the second one ends the process at once.
	context.AfterFunc(ctx, stop)
	hangUp := make(chan os.Signal, 1)
	signal.Notify(hangUp, syscall.SIGHUP)
	p := &process{out: os.Stdout, err: os.Stderr, getenv: os.LookupEnv, hangUp: hangUp}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// process is what the command may use of the process it runs in.
type process struct {
	out, err io.Writer
	getenv   func(name string) (string, bool)
	hangUp   <-chan os.Signal
}

// The exits.
const (
	exitGood    = 0
	exitRefused = 1
	exitUsage   = 2
)

// refusal is an error of what was given, not of how the command was called.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// flags are the command's flags, as given.
type flags struct {
	config, module, listen, admin, cert, key, cacheDir, logLevel, node string
	concurrency                                                        int
	strict, accessLog                                                  bool
	agent                                                              agentFlags
}

// run does what the arguments say until the context ends, and returns the exit.
func (p *process) run(ctx context.Context, args []string) int {
	var f flags
	root := &cobra.Command{
		Use:   "routeiq-host",
		Short: "Route LLM requests with the configuration you have, without Envoy",
		Long: `routeiq-host serves the OpenAI and Anthropic APIs and routes each request to a deployment of a LiteLLM
configuration, its own or that of a fleet's agent. SIGTERM makes it say "not ready", finish what is in flight and end; a
second one ends it at once.`,
		Example: "  routeiq-host --config config.yaml\n  routeiq-host --config config.yaml --listen 0.0.0.0:4000\n" +
			"  routeiq-host --agent https://agent.example:4002 --agent-token-file token",
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.serve(ctx, &f, cmd.Flags().Changed)
		},
	}
	fs := root.Flags()
	fs.StringVar(&f.config, "config", "", "configuration in LiteLLM's YAML (default: $LITELLM_CONFIG_PATH)")
	fs.StringVar(&f.listen, "listen", "", "address for clients (default: the configuration's, else :4000; only this machine when no key is asked for)")
	fs.StringVar(&f.admin, "admin", "127.0.0.1:4001", "address for metrics and health; empty: none")
	fs.IntVar(&f.concurrency, "concurrency", 0, "how many VMs run the module (default: one per core)")
	fs.StringVar(&f.cert, "tls-cert", "", "certificate for clients, PEM; needs --tls-key")
	fs.StringVar(&f.key, "tls-key", "", "key of the certificate, PEM")
	fs.BoolVar(&f.strict, "strict", false, "refuse a configuration with a deployment that cannot be used")
	fs.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
	fs.BoolVar(&f.accessLog, "access-log", true, "write one line per decision to standard output")
	fs.StringVar(&f.cacheDir, "cache-dir", "", "folder for compiled code (default: routeiq in the user's cache folder)")
	fs.StringVar(&f.node, "node-id", "", "name of this host in its fleet, and what the module reads as node.id (default: the machine's name)")
	f.agent.add(root)
	fs.StringVar(&f.module, "module", "", "module to run in place of the one that is built in")
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetArgs(args)
	root.SetOut(p.out)
	root.SetErr(p.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitGood
	}
	var r refusal
	if errors.As(err, &r) {
		p.complain("%v", err)
		return exitRefused
	}
	p.complain("routeiq-host: %v\nTry `routeiq-host --help`.", err)
	return exitUsage
}

// complain writes to standard error. Where that cannot be written to there is nobody left to tell.
func (p *process) complain(format string, args ...any) {
	_, _ = fmt.Fprintf(p.err, format+"\n", args...)
}
