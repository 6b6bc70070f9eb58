package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/envoy/bench/decide"
	"github.com/routeiq/routeiq/envoy/envoytest"
	"github.com/routeiq/routeiq/envoy/program"
	"github.com/routeiq/routeiq/plugins/strategy"
)

// TestDecisions makes a short run with every strategy, natively, in the host and in a real Envoy. Times are not judged: they mean
// nothing with so few decisions.
func TestDecisions(t *testing.T) {
	page := filepath.Join(t.TempDir(), "benchmarks.md")
	const before = "# Benchmarks\n\nA page.\n"
	if err := os.WriteFile(page, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"-out", page, "-envoy", envoytest.Binary(t), "-candidates", "10,70", "-batches", "1", "-work", "50"}, &stdout, &stderr)
	written, err := os.ReadFile(page)
	if code != program.Good || err != nil {
		t.Fatalf("exit %d, %v\n%s", code, err, &stderr)
	}
	text := string(written)
	if !strings.HasPrefix(text, before) || !strings.Contains(text, "<!-- decisions: ") || !strings.Contains(stdout.String(), "goal") {
		t.Errorf("the page is\n%s\nand the summary\n%s", text, &stdout)
	}
	for name, k := range strategy.Registry() {
		if !decide.Alone(k) {
			continue
		}
		_, cells, found := strings.Cut(text, "\n| "+name+" |")
		cells, _, _ = strings.Cut(cells, "\n")
		if !found || strings.Count(cells, "–") != 6 {
			t.Errorf("%s: %q", name, cells)
		}
	}
	for _, s := range decide.Shapes {
		if !strings.Contains(text, "\n| "+s.Strategy+" | "+s.Name+" |") {
			t.Errorf("%s, %s was not measured", s.Strategy, s.Name)
		}
	}
	for _, engine := range []string{"native Go", "wazero", "Envoy's V8"} {
		if strings.Count(text, "\n| "+engine+" |") != 2 {
			t.Errorf("%s has not two rows", engine)
		}
	}
}

func TestUsage(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none")
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"help":         {[]string{"-help"}, program.Good, "-strategies"},
		"unknown flag": {[]string{"-nope"}, program.Usage, "-nope"},
		"an argument":  {[]string{"fast"}, program.Usage, "fast"},
		"no batch":     {[]string{"-batches", "0"}, program.Usage, "-batches=0"},
		"no work":      {[]string{"-work", "0"}, program.Usage, "-work=0"},
		"no number":    {[]string{"-candidates", "10,many"}, program.Usage, "-candidates=10,many"},
		"too many":     {[]string{"-candidates", "10001"}, program.Usage, "from 1 to"},
		"no Envoy":     {[]string{"-envoy", missing}, program.Failed, missing},
		"no strategy":  {[]string{"-strategies", "none"}, program.Usage, `"none"`},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), c.args, &stdout, &stderr); code != c.code || !strings.Contains(stderr.String(), c.says) {
			t.Errorf("%s: exit %d, expected %d: %s", name, code, c.code, &stderr)
		}
	}
}
