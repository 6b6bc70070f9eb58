package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/routeiq/routeiq/envoy/bench/envoyfile"
	"github.com/routeiq/routeiq/envoy/bench/report"
	"github.com/routeiq/routeiq/envoy/bench/workload"
)

// noopPackage is the module that does nothing.
const noopPackage = "github.com/routeiq/routeiq/envoy/bench/testdata/noop"

// splitEnvoy measures the way from plain Envoy to the rendered file, step by step. Each step is an Envoy of its own.
func (b *bench) splitEnvoy(ctx context.Context, r *report.Report, f *field) error {
	if !b.split {
		return nil
	}
	b.progress("what each part adds in Envoy")
	noop, err := b.buildNoop(ctx)
	if err != nil {
		return err
	}
	start := func(name string, change func([]byte) ([]byte, error)) (*target, error) {
		return b.startRendered(ctx, unchanged(name), twenty(group, b.provider), change)
	}
	with := func(configuration string) func([]byte) ([]byte, error) {
		return func(file []byte) ([]byte, error) { return envoyfile.NativeWith(file, noop, configuration) }
	}
	native, err1 := start("Envoy, no module", envoyfile.Native)
	idle, err2 := start("Envoy, idle module", with("idle"))
	carry, err3 := start("Envoy, carrying module", with("carry"))
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	if err := b.warm(ctx, native, idle, carry); err != nil {
		return err
	}
	targets := []*target{f.envoy, native, idle, carry, f.moduleSame, f.module}
	got, notes, err := b.turns(ctx, workload.Small, many, targets...)
	if err != nil {
		return err
	}
	r.Notes = append(r.Notes, notes...)
	for i, text := range []string{
		"plain Envoy",
		"… with what the rendered file asks of Envoy itself (decompressor, cluster by filter state, retry policy, credential, header clean-up)",
		"… and a module in both places that is called for everything and does nothing",
		"… which also holds the body, asks for retries, has the route chosen again, reads and replaces bodies: the least a module with our duties can do",
		"… and RouteIQ's module instead, the model not rewritten",
		"… and the model rewritten: the rendered file as it is",
	} {
		r.Split = append(r.Split, report.Part{Text: text, Series: got[i]})
	}
	return errors.Join(b.stop(native), b.stop(idle), b.stop(carry))
}

// buildNoop compiles the module that does nothing.
func (b *bench) buildNoop(ctx context.Context) (string, error) {
	path := filepath.Join(b.dir, "noop.wasm")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-buildmode=c-shared", "-o", path, noopPackage)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", noopPackage, err, out)
	}
	return path, nil
}
