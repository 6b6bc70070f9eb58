package section

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	write := func(name, text string) string {
		t.Helper()
		if err := Write(path, name, text); err != nil {
			t.Fatal(err)
		}
		written, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(written)
	}
	if got := write("a", "one\n"); !strings.Contains(got, "\none\n<!-- /a -->\n") {
		t.Errorf("a new file: %q", got)
	}
	if err := os.WriteFile(path, []byte("# Title\n\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	first := write("a", "one\n")
	if !strings.HasPrefix(first, "# Title\n\n<!-- a: ") || !strings.HasSuffix(first, "-->\none\n<!-- /a -->\n") {
		t.Errorf("at the end: %q", first)
	}
	both := write("b", "two\n")
	if !strings.HasPrefix(both, first) {
		t.Errorf("a second one changed the first: %q", both)
	}
	again := write("a", "three\n")
	if again != strings.Replace(both, "one\n", "three\n", 1) {
		t.Errorf("in its place: %q", again)
	}
	before, inside, behind, ok := Cut(again, "b")
	if !ok || inside != "two\n" || Join(before, "b", inside, behind) != again {
		t.Errorf("cut: %q %q %q %t", before, inside, behind, ok)
	}
	if before, _, _, ok := Cut("# Title\n", "b"); ok || before != "# Title\n" {
		t.Errorf("a section was found where there is none: %q", before)
	}
}

// TestKeep: who writes all the rest of a page keeps the section of another.
func TestKeep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	const text = "# New\n\nA text.\n"
	for range 2 { // without a file, and without a section in it
		if got, err := Keep(path, "a", text); err != nil || got != text {
			t.Errorf("%q, %v", got, err)
		}
		if err := os.WriteFile(path, []byte("# Old\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := Write(path, "a", "one\n"); err != nil {
		t.Fatal(err)
	}
	got, err := Keep(path, "a", text)
	if err != nil || !strings.HasPrefix(got, text+"\n<!-- a: ") || !strings.HasSuffix(got, "\none\n<!-- /a -->\n") {
		t.Errorf("%q, %v", got, err)
	}
	if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
		t.Fatal(err)
	}
	if again, err := Keep(path, "a", text); err != nil || again != got {
		t.Errorf("kept twice: %q, %v", again, err)
	}
	if _, err := Keep(filepath.Dir(path), "a", text); err == nil {
		t.Error("a folder was read")
	}
}

func TestWriteFails(t *testing.T) {
	if err := Write(filepath.Join(t.TempDir(), "none", "page.md"), "a", "x"); err == nil || !strings.Contains(err.Error(), "section a") {
		t.Errorf("%v", err)
	}
}
