// Package program is what the commands that measure have in common: how they begin, and how they end.
package program

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes, as those of the product's other commands.
const (
	Good = iota
	Failed
	Usage
)

// Main runs a command until it ends, or is told to, and exits with its code.
func Main(run func(ctx context.Context, args []string, stdout, stderr io.Writer) int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
