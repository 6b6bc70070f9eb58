package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/envoy/bench/workload"
	"github.com/routeiq/routeiq/envoy/envoytest"
	"github.com/routeiq/routeiq/envoy/program"
)

// TestMain lets the test's binary be the benchmark's helpers, as the benchmark's own binary is.
func TestMain(m *testing.M) {
	if slices.Contains(os.Args, "-role") {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	code := m.Run()
	if err := envoytest.Cleanup(); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// binary builds a command of the repository. Go's cache makes it quick when `make build` has just done the same.
func binary(t *testing.T, pkg string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), filepath.Base(pkg))
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, ".")
	cmd.Dir = filepath.Join(envoytest.Root(t), pkg)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", pkg, err, out)
	}
	return path
}

// TestWholeRun makes the whole benchmark with a handful of requests: every table has every row, and nothing goes wrong.
// Times are not judged: they mean nothing with so few.
func TestWholeRun(t *testing.T) {
	dir := t.TempDir()
	out, profiles := filepath.Join(dir, "benchmarks.md"), filepath.Join(dir, "profiles")
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{
		"-out", out, "-rounds", "2", "-starts", "1", "-most", "64", "-slice", "5s", "-profile", profiles,
		"-envoy", envoytest.Binary(t), "-wasm", envoytest.Module(t),
		"-host", binary(t, "host/cmd/routeiq-host"), "-agent", binary(t, "sync/cmd/routeiq-agent"),
	}, &stdout, &stderr)
	if code != program.Good {
		t.Fatalf("exit %d\n%s", code, &stderr)
	}
	written, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	text := string(written)
	defer func() {
		if t.Failed() {
			t.Logf("%s\n%s", &stderr, text)
		}
	}()
	for section, rows := range map[string][]string{
		"## Goals": {
			"Envoy + RouteIQ: CPU a request, 0.5 kB request, 1 kB JSON answer, 1 connection |", "Envoy + RouteIQ: CPU a request, 0.5 kB request, 1 kB JSON answer, 32 connections |",
			"Envoy + RouteIQ: added p50, 0.5 kB request, 1 kB JSON answer, 1 connection |",
			"routeiq-host: CPU a request, 0.5 kB request, 1 kB JSON answer, 1 connection |", "routeiq-host: CPU a request, 0.5 kB request, 1 kB JSON answer, 32 connections |",
			"routeiq-host: added p50, 0.5 kB request, 1 kB JSON answer, 1 connection |",
			"routeiq-host, warm cache: from the process's start to the first answer |",
			"Envoy + RouteIQ: errors with a dead first deployment, 64 connections | 0 | 0 of 128 | reached |",
			"routeiq-host: errors with a dead first deployment, 64 connections | 0 | 0 of 128 | reached |",
			"errors in all other runs | 0 | 0 of ",
		},
		"## Envoy\n": comparisons, "## Host\n": comparisons,
		"## A dead first deployment": {"Envoy + RouteIQ | 64 |", "routeiq-host | 64 |"},
		"## Start and memory":        {"plain Envoy |", "Envoy + RouteIQ |", "Go proxy |", "routeiq-host, empty cache |", "routeiq-host, warm cache |"},
		"## Where the time goes in Envoy": {
			"configuration | CPU µs: 1 connection | more than the one before | × plain Envoy | p50 ms | added p50 (least … most) | CPU µs: 32 connections |",
			"plain Envoy |", "… with what the rendered file asks", "… and a module in both places", "… which also holds the body", "… and RouteIQ's module", "… and the model rewritten",
		},
		"## Where the time goes in the host": {
			"configuration | CPU µs: 1 connection | more than the one before | × Go proxy | p50 ms | added p50 (least … most) | CPU µs: 32 connections |",
			"Go proxy |", "the host instead, and a module in both roles", "… which also holds the body", "… and RouteIQ's module", "… and the model rewritten",
			"the module: WebAssembly", "system calls", "net/http", "everything else |",
		},
		"## How it is measured": {"0.5 kB request, 1 kB JSON answer | 1 |", "0.5 kB request, 1 kB JSON answer | 32 |"},
	} {
		_, after, found := strings.Cut(text, "\n"+section)
		if !found {
			t.Errorf("no section %q", section)
			continue
		}
		body, _, _ := strings.Cut(after, "\n## ")
		for _, row := range rows {
			if !strings.Contains(body, "\n| "+row) {
				t.Errorf("section %q lacks the row %q", section, row)
			}
		}
	}
	floorsBesideMissedGoals(t, text)
	if _, err := os.Stat(filepath.Join(profiles, "host.pprof")); err != nil {
		t.Error(err)
	}
	if !strings.Contains(stdout.String(), "goal") {
		t.Errorf("the summary is %q", &stdout)
	}
}

// floorsBesideMissedGoals: where a proxy misses a goal, and only there, the report says what the least module takes.
func floorsBesideMissedGoals(t *testing.T, text string) {
	t.Helper()
	judged := 0
	for line := range strings.Lines(text) {
		goal, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		if !strings.HasPrefix(line, "| ") || !strings.Contains(goal, ": CPU a request, ") && !strings.Contains(goal, ": added p50, ") {
			continue
		}
		judged++
		missed, said := strings.Contains(line, "**falls short**"), strings.Contains(text, "\n- "+goal+": ")
		if missed != said {
			t.Errorf("%s: missed: %t, what the least module takes is said: %t", goal, missed, said)
		}
	}
	if judged != 6 {
		t.Errorf("%d goals of proxies, expected 6", judged)
	}
}

// comparisons are the rows of each pair: both of its tables.
var comparisons = []string{
	"0.5 kB request, 1 kB JSON answer | 1 |", "0.5 kB request, 1 kB JSON answer | 32 |",
	"0.5 kB request, 1 kB JSON answer, same name: no rewrite | 1 |", "0.5 kB request, 1 kB JSON answer, same name: no rewrite | 32 |",
	"16 kB request, 1 kB JSON answer | 1 |", "16 kB request, 1 kB JSON answer | 32 |",
	"0.5 kB request, stream of 200 events | 1 |", "0.5 kB request, stream of 200 events | 32 |",
	"the same stream, with a pause after its first event | 1 |",
}

func TestUsage(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none")
	for name, c := range map[string]struct {
		args []string
		code int
		says []string
	}{
		"help":         {[]string{"-help"}, program.Good, []string{"-quick", "-rounds"}},
		"unknown flag": {[]string{"-nope"}, program.Usage, []string{"-nope"}},
		"an argument":  {[]string{"fast"}, program.Usage, []string{"fast"}},
		"no rounds":    {[]string{"-rounds", "0"}, program.Usage, []string{"-rounds=0"}},
		"role":         {[]string{"-role", "king"}, program.Failed, []string{"king"}},
		"all missing": {
			[]string{"-envoy", missing, "-wasm", missing + ".wasm", "-host", missing + "-host", "-agent", missing + "-agent"},
			program.Failed, []string{missing + ":", "make venv", missing + ".wasm", missing + "-host", missing + "-agent", "make build"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), c.args, &stdout, &stderr); code != c.code {
				t.Errorf("exit %d, expected %d", code, c.code)
			}
			for _, want := range c.says {
				if !strings.Contains(stderr.String(), want) {
					t.Errorf("%q is not said in:\n%s", want, &stderr)
				}
			}
		})
	}
}

// TestHelpers: the provider and the Go proxy serve, and end with their standard input.
func TestHelpers(t *testing.T) {
	b := &bench{self: os.Args[0], dir: t.TempDir()}
	b.rounds, b.slice, b.most = 3, time.Minute, 5
	direct, err := b.startProvider(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := b.startGoProxy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, notes, err := b.turns(t.Context(), workload.Stream, 2, direct, proxy)
	if err != nil || len(notes) != 0 {
		t.Fatalf("%v, %q", err, notes)
	}
	for i, s := range got {
		if len(s) != 3 || s.Requests() != 15 || s.Errors() != 0 || s[0].FirstEvent <= 0 {
			t.Errorf("target %d: %+v", i, s)
		}
	}
	if err := b.stopAll(); err != nil {
		t.Error(err)
	}
	if len(b.running) != 0 {
		t.Errorf("%d still run", len(b.running))
	}
}
