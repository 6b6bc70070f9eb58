// Package machine tells what a benchmark ran on and with. Linux only, as the rest of the benchmark.
package machine

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
)

// CPU returns the number of cores this process may use and the processor's name.
func CPU() (string, error) {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "", fmt.Errorf("machine: %w", err)
	}
	return fmt.Sprintf("%d × %s", runtime.NumCPU(), modelOf(info)), nil
}

// modelOf reads the first "model name". ARM has none.
func modelOf(cpuinfo []byte) string {
	for line := range bytes.Lines(cpuinfo) {
		name, value, ok := bytes.Cut(line, []byte{':'})
		if ok && string(bytes.TrimSpace(name)) == "model name" {
			return string(bytes.TrimSpace(value))
		}
	}
	return runtime.GOARCH
}

// Kernel returns the kernel's release.
func Kernel() (string, error) {
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "", fmt.Errorf("machine: %w", err)
	}
	return "Linux " + strings.TrimSpace(string(text)), nil
}

// Load returns the load averages of the last 1, 5 and 15 minutes: what else the machine is busy with.
func Load() (string, error) {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "", fmt.Errorf("machine: %w", err)
	}
	fields := strings.Fields(string(text))
	return strings.Join(fields[:min(len(fields), 3)], " "), nil
}

// version is what `envoy --version` prints: HASH/VERSION/STATE/BUILD/TLS.
var version = regexp.MustCompile(`version: [0-9a-f]+/([0-9][^/]*)/`)

// Envoy returns the version of an Envoy.
func Envoy(ctx context.Context, path string) (string, error) {
	out, err := exec.CommandContext(ctx, path, "--version").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("machine: %s --version: %w: %s", path, err, out)
	}
	m := version.FindSubmatch(out)
	if m == nil {
		return "", fmt.Errorf("machine: %s --version prints %.200q, expected one with HASH/VERSION/", path, out)
	}
	return string(m[1]), nil
}

// Module returns the version of a Go module in a binary, and the Go that built it.
func Module(binary, module string) (version, goVersion string, err error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return "", "", fmt.Errorf("machine: %w", err)
	}
	for _, d := range info.Deps {
		if d.Path == module {
			return d.Version, info.GoVersion, nil
		}
	}
	return "", "", fmt.Errorf("machine: %s is not built with %s", binary, module)
}
