package simulate

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what is measured now into testdata/report.md, and docs/strategies.md if there is one")

const (
	golden   = "testdata/report.md"
	document = "../../../docs/strategies.md"
	begins   = "<!-- simulation -->\n"
	ends     = "<!-- end simulation -->"
)

// TestReport compares what is measured with what is written.
func TestReport(t *testing.T) {
	all, err := results()
	if err != nil {
		t.Fatal(err)
	}
	report := Report(all)
	if *update {
		if err := os.WriteFile(golden, []byte(report), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, golden, string(text), report)
	text, err = os.ReadFile(document)
	if errors.Is(err, fs.ErrNotExist) {
		return // the golden file is the report's only place
	}
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(text), begins)
	section, after, ended := strings.Cut(rest, ends)
	if !begun || !ended {
		t.Fatalf("%s has no place for the report, between %q and %q", document, begins, ends)
	}
	if *update {
		section = report
		if err := os.WriteFile(document, []byte(before+begins+section+ends+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	compare(t, document, section, report)
}

// number is what may differ where the machine multiplies and adds in one step, which rounds once and not twice.
var number = regexp.MustCompile(`[+−]?[0-9]+(\.[0-9]+)?`)

func compare(t *testing.T, file, written, measured string) {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		written, measured = number.ReplaceAllString(written, "N"), number.ReplaceAllString(measured, "N")
	}
	if written != measured {
		t.Errorf("%s is not what is measured; go test ./plugins/conformance/simulate -run TestReport -update writes it", file)
	}
}
