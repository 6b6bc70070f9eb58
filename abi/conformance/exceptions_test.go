package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadExceptions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "exceptions.txt")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	scenarios := []*Scenario{{Name: "one"}, {Name: "two"}}
	write("# a comment\n\none core it cannot\ntwo envoy it must not\n")
	got, err := ReadExceptions(file, scenarios)
	if err != nil || got[[2]string{"one", "core"}] != "it cannot" || len(got) != 2 {
		t.Errorf("read %v, %v", got, err)
	}
	write("three core why not\none nginx why not\none core\ntwo core a\ntwo core b\n")
	_, err = ReadExceptions(file, scenarios)
	if err == nil {
		t.Fatal("everything was taken")
	}
	for _, want := range []string{`:1: there is no scenario "three"`, `:2: "nginx" is no engine`, ":3: no reason", ":5: two stands twice"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in: %v", want, err)
		}
	}
}
