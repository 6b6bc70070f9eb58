package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/envoy/envoytest"
	"github.com/routeiq/routeiq/envoy/faults/engine/enginetest"
	"github.com/routeiq/routeiq/envoy/program"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if err := envoytest.Cleanup(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// TestSoak makes a short run and looks at what is counted: nothing is answered wrongly, no stream breaks. Memory and times
// mean nothing with so few requests, so neither they nor the exit that judges them are looked at.
func TestSoak(t *testing.T) {
	tools := enginetest.Tools(t)
	page := filepath.Join(t.TempDir(), "benchmarks.md")
	const before = "# Benchmarks\n\nA page.\n"
	if err := os.WriteFile(page, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	run(t.Context(), []string{
		"-n", "4000", "-streams", "64", "-events", "10", "-every", "50ms", "-out", page,
		"-host", tools.Host, "-agent", tools.Agent, "-envoy", tools.Envoy, "-wasm", tools.Module,
	}, &stdout, &stderr)
	written, err := os.ReadFile(page)
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	if !strings.HasPrefix(string(written), before) {
		t.Errorf("the rest of the page changed")
	}
	for _, proxy := range []string{"routeiq-host", "Envoy + RouteIQ"} {
		_, row, found := strings.Cut(string(written), "\n| "+proxy+" |")
		row, _, _ = strings.Cut(row, "\n")
		cells := strings.Split(row, "|")
		if !found || len(cells) != 13 || strings.TrimSpace(cells[1]) != "0" || strings.TrimSpace(cells[9]) != "64 of 64" {
			t.Errorf("%s: the row is %q", proxy, row)
		}
	}
	if strings.Contains(string(written), "descriptors are open") {
		t.Error("descriptors are leaked")
	}
	if t.Failed() {
		t.Logf("%s\n%s", &stdout, written)
	}
}

func TestUsage(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none")
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"help":         {[]string{"-help"}, program.Good, "-connections"},
		"unknown flag": {[]string{"-nope"}, program.Usage, "-nope"},
		"an argument":  {[]string{"fast"}, program.Usage, "fast"},
		"too few":      {[]string{"-n", "9"}, program.Usage, "-n 9"},
		"no host":      {[]string{"-host", missing}, program.Failed, missing},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), c.args, &stdout, &stderr); code != c.code || !strings.Contains(stderr.String(), c.says) {
			t.Errorf("%s: exit %d, expected %d: %s", name, code, c.code, &stderr)
		}
	}
}
