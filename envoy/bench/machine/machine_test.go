package machine

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestModelOf(t *testing.T) {
	for text, want := range map[string]string{
		"processor\t: 0\nmodel name\t: Some(R) CPU @ 2 GHz\nmodel name\t: other\n": "Some(R) CPU @ 2 GHz",
		"processor : 0\nCPU part : 0xd0c\n":                                        runtime.GOARCH,
	} {
		if got := modelOf([]byte(text)); got != want {
			t.Errorf("%q, expected %q", got, want)
		}
	}
}

func TestThisMachine(t *testing.T) {
	if cpu, err := CPU(); err != nil || !strings.Contains(cpu, " × ") {
		t.Errorf("%q, %v", cpu, err)
	}
	if load, err := Load(); err != nil || len(strings.Fields(load)) != 3 {
		t.Errorf("%q, %v", load, err)
	}
	if kernel, err := Kernel(); err != nil || len(kernel) <= len("Linux ") {
		t.Errorf("%q, %v", kernel, err)
	}
}

func TestEnvoy(t *testing.T) {
	fake := func(prints string) string {
		path := filepath.Join(t.TempDir(), "envoy")
		if err := os.WriteFile(path, []byte("#!/bin/sh\necho '"+prints+"'\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	got, err := Envoy(t.Context(), fake("envoy  version: 9e558093/1.40.0/Clean/RELEASE/BoringSSL"))
	if err != nil || got != "1.40.0" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := Envoy(t.Context(), fake("something else")); err == nil {
		t.Errorf("%q, expected an error", got)
	}
	if _, err := Envoy(t.Context(), filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("no error for a file that is not there")
	}
}

func TestModule(t *testing.T) {
	if _, _, err := Module(os.Args[0], "example.com/none"); err == nil {
		t.Error("a module that is not there has a version")
	}
	if _, _, err := Module("/proc/version", "example.com/none"); err == nil {
		t.Error("a file that is no binary has a version")
	}
}
