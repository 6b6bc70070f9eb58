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

// noopPackage is the module that decides nothing.
const noopPackage = "github.com/routeiq/routeiq/envoy/bench/testdata/noop"

// What it can be built as.
const (
	idle  = "idle"
	carry = "carry"
)

// step is one configuration on the way from the plain proxy to ours.
type step struct {
	text   string
	target *target
	floor  bool // no module with our duties can do less
}

// What both ways have in common.
const (
	textCarry     = "… which also holds the body, asks for retries, has the route chosen again, reads and replaces bodies: the least a module with our duties can do"
	textUnchanged = "… and RouteIQ's module instead, the model not rewritten"
)

// splitEnvoy measures the way from plain Envoy to the rendered file, step by step. Each step is an Envoy of its own.
func (b *bench) splitEnvoy(ctx context.Context, r *report.Report, f *field) error {
	if !b.split {
		return nil
	}
	b.progress("what each part adds in Envoy")
	with := func(module string) func([]byte) ([]byte, error) {
		return func(file []byte) ([]byte, error) { return envoyfile.NativeWith(file, module) }
	}
	idleModule, err1 := b.buildNoop(ctx, idle)
	carryModule, err2 := b.buildNoop(ctx, carry)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	config := twenty(group, b.provider)
	native, err1 := b.startRendered(ctx, unchanged("Envoy, no module"), config, envoyfile.Native)
	idling, err2 := b.startRendered(ctx, unchanged("Envoy, idle module"), config, with(idleModule))
	carrying, err3 := b.startRendered(ctx, unchanged("Envoy, carrying module"), config, with(carryModule))
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	return b.splitInto(ctx, r, pairEnvoy, []*target{native, idling, carrying}, []step{
		{text: nameEnvoy, target: f.envoy},
		{text: "… with what the rendered file asks of Envoy itself (decompressor, cluster by filter state, retry policy, credential, header clean-up)", target: native},
		{text: "… and a module in both places that is called for everything and does nothing", target: idling},
		{text: textCarry, target: carrying, floor: true},
		{text: textUnchanged, target: f.moduleSame},
		{text: "… and the model rewritten: the rendered file as it is", target: f.module},
	})
}

// splitHost measures the same way in the host. It sends nothing anywhere without a module: the first step has one that
// names the upstream.
func (b *bench) splitHost(ctx context.Context, r *report.Report, f *field) error {
	if !b.split {
		return nil
	}
	b.progress("what each part adds in the host")
	idleModule, err1 := b.buildNoop(ctx, idle)
	carryModule, err2 := b.buildNoop(ctx, carry)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	config := twenty(group, b.provider)
	idling, err1 := b.startHost(ctx, unchanged(nameHost+", idle module"), config, cacheDir, idleModule)
	carrying, err2 := b.startHost(ctx, unchanged(nameHost+", carrying module"), config, cacheDir, carryModule)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	return b.splitInto(ctx, r, pairHost, []*target{idling, carrying}, []step{
		{text: f.goProxy.name, target: f.goProxy},
		{text: "the host instead, and a module in both roles that is called for everything and only names the upstream and its credential, as somebody must", target: idling},
		{text: textCarry, target: carrying, floor: true},
		{text: textUnchanged + ", and a log line for each decision", target: f.hostSame},
		{text: "… and the model rewritten: the host as it is", target: f.host},
	})
}

// splitInto measures steps, the first of them what the others are compared with, and ends those that were started for it.
func (b *bench) splitInto(ctx context.Context, r *report.Report, pair int, started []*target, steps []step) error {
	if err := b.warm(ctx, started...); err != nil {
		return err
	}
	var targets []*target
	var parts []report.Part
	for _, step := range steps {
		targets = append(targets, step.target)
		parts = append(parts, report.Part{Text: step.text, Floor: step.floor})
	}
	for _, connections := range []int{1, many} {
		got, notes, err := b.turns(ctx, workload.Small, connections, targets...)
		if err != nil {
			return err
		}
		r.Notes = append(r.Notes, notes...)
		for i := range parts {
			parts[i].Loads = append(parts[i].Loads, report.Load{Connections: connections, Series: got[i]})
		}
	}
	r.Pairs[pair].Split = parts
	var errs []error
	for _, t := range started {
		errs = append(errs, b.stop(t))
	}
	return errors.Join(errs...)
}

// buildNoop compiles the module that decides nothing, and returns its path.
func (b *bench) buildNoop(ctx context.Context, mode string) (string, error) {
	path := filepath.Join(b.dir, mode+".wasm")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w -X main.mode="+mode, "-buildmode=c-shared", "-o", path, noopPackage)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", noopPackage, err, out)
	}
	return path, nil
}
