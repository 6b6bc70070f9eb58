package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/routeiq/routeiq/envoy/bench/decisions"
	"github.com/routeiq/routeiq/envoy/bench/report"
	"github.com/routeiq/routeiq/envoy/faults/section"
)

// measure runs everything and writes the report.
func measure(ctx context.Context, o options, stdout, stderr io.Writer) (err error) {
	began := time.Now()
	dir, err := os.MkdirTemp("", "routeiq-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	b := &bench{options: o, dir: dir, self: self, progress: func(format string, args ...any) {
		fmt.Fprintf(stderr, "%6.1f s  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
	}}
	if err := b.check(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.stopAll()) }()
	r, err := b.report(ctx)
	if err != nil {
		return err
	}
	r.Settings += fmt.Sprintf(" The whole run took %.0f s.", time.Since(began).Seconds())
	if o.out == "" {
		_, err = io.WriteString(stdout, r.Markdown())
		return err
	}
	if _, err := io.WriteString(stdout, r.Summary()); err != nil {
		return err
	}
	text := r.Markdown()
	for _, name := range []string{"soak", decisions.Name} { // those parts are other programs'
		if text, err = section.Keep(o.out, name, text); err != nil {
			return err
		}
	}
	return replaceFile(o.out, text)
}

// check says everything that is missing at once.
func (b *bench) check() error {
	var errs []error
	for _, f := range []struct{ path, how string }{
		{b.envoy, "run `make venv`, or set ROUTEIQ_ENVOY to an Envoy of version 1.39 or later"},
		{b.wasm, "run `make build`"}, {b.host, "run `make build`"}, {b.agent, "run `make build`"},
	} {
		if _, err := os.Stat(f.path); err != nil {
			errs = append(errs, fmt.Errorf("%w: %s", err, f.how))
		}
	}
	return errors.Join(errs...)
}

// replaceFile writes beside the file and renames, so that an interrupted run leaves the old report whole.
func replaceFile(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".bench-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}

// report starts what is compared, one thing after the other, and measures it.
func (b *bench) report(ctx context.Context) (*report.Report, error) {
	r := &report.Report{}
	if err := b.head(ctx, r); err != nil {
		return nil, err
	}
	direct, err := b.startProvider(ctx)
	if err != nil {
		return nil, err
	}
	f := &field{direct: direct}
	for _, step := range []func(context.Context, *report.Report, *field) error{
		b.start, b.workloads, b.deadFirst, b.splitEnvoy, b.splitHost, b.memory, b.profileHost,
	} {
		if err := step(ctx, r, f); err != nil {
			return nil, err
		}
	}
	return r, nil
}
