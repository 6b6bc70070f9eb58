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

// TestOutage makes short runs and looks at what is counted: every client is answered, with and without a breaker. Times mean
// nothing with so few requests, so neither they nor the exit that judges them are looked at.
func TestOutage(t *testing.T) {
	tools := enginetest.Tools(t)
	page := filepath.Join(t.TempDir(), "failures.md")
	var stdout, stderr bytes.Buffer
	run(t.Context(), []string{
		"-for", "4s", "-rate", "30", "-deadline", "500ms", "-open", "300ms", "-out", page,
		"-host", tools.Host, "-agent", tools.Agent, "-envoy", tools.Envoy, "-wasm", tools.Module,
	}, &stdout, &stderr)
	written, err := os.ReadFile(page)
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	for _, engine := range []string{"routeiq-host", "Envoy"} {
		for _, fault := range []string{"refuses connections", "hangs"} {
			for _, breaker := range []string{"on", "off"} {
				row := fmt.Sprintf("\n| %s | %s | %s | 120 | 100.000 %% |", engine, fault, breaker)
				_, rest, found := strings.Cut(string(written), row)
				rest, _, _ = strings.Cut(rest, "\n")
				cells := strings.Split(rest, "|")
				if !found || len(cells) != 10 {
					t.Errorf("there is no row %q", row)
					continue
				}
				if opened, probes := strings.TrimSpace(cells[1]) != "never", strings.TrimSpace(cells[7]) != "0"; opened != (breaker == "on") || probes != (breaker == "on") {
					t.Errorf("%s: opened: %t, probes: %t", row, opened, probes)
				}
			}
		}
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
		"help":         {[]string{"-help"}, program.Good, "-rate"},
		"unknown flag": {[]string{"-nope"}, program.Usage, "-nope"},
		"an argument":  {[]string{"fast"}, program.Usage, "fast"},
		"no requests":  {[]string{"-rate", "0"}, program.Usage, "-rate 0"},
		"no host":      {[]string{"-host", missing}, program.Failed, missing},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), c.args, &stdout, &stderr); code != c.code || !strings.Contains(stderr.String(), c.says) {
			t.Errorf("%s: exit %d, expected %d: %s", name, code, c.code, &stderr)
		}
	}
}
