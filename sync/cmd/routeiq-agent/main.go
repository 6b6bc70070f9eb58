// Command routeiq-agent is RouteIQ's control plane and the operator's verbs: it checks configurations and renders them
// for Envoy. It ends with 0 when all is good, with 1 when the configuration is refused, every reason on standard error
// with its place, and with 2 when it was called wrongly.
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

	"github.com/routeiq/routeiq/sync/agent"
)

func main() {
	p := &process{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.LookupEnv, signals: signals}
	os.Exit(p.run(os.Args[1:]))
}

// signals ends the context with the first signal. After it they are no longer caught, so that the second one ends the process
// at once.
func signals() (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// process is what a verb may use of the process it runs in.
type process struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(name string) (string, bool)
	files    map[string][]byte // that were read already; may be nil
	// signals is a context that ends when the process is asked to.
	signals func() (ctx context.Context, stop context.CancelFunc)
	// step is told each step of a document's way; nil: nobody.
	step func(agent.Step)
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

// run does what the arguments say and returns the exit.
func (p *process) run(args []string) int {
	root := &cobra.Command{
		Use:           "routeiq-agent",
		Short:         "RouteIQ's control plane, and the verbs of who operates it",
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return errors.New("no verb was given")
		},
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(p.validate(), p.render(), p.bootstrap(), p.diff(), p.doctor(), p.artifact(), p.runAgent())
	root.SetArgs(args)
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	cmd, err := root.ExecuteC()
	if err == nil {
		return exitGood
	}
	var r refusal
	if errors.As(err, &r) {
		p.complain("%v", err)
		return exitRefused
	}
	p.complain("%s: %v\nTry `%s --help`.", cmd.CommandPath(), err, cmd.CommandPath())
	return exitUsage
}

// complain writes to standard error. Where that cannot be written to there is nobody left to tell.
func (p *process) complain(format string, args ...any) {
	_, _ = fmt.Fprintf(p.err, format+"\n", args...)
}
