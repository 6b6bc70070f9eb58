package litellm

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestAliasesMultiply compiles documents whose aliases stand for more and more values: they must be refused, and soon.
func TestAliasesMultiply(t *testing.T) {
	for name, item := range map[string]string{
		"lists":    "[*a%[1]d, *a%[1]d, *a%[1]d, *a%[1]d, *a%[1]d, *a%[1]d, *a%[1]d, *a%[1]d, *a%[1]d, *a%[1]d]",
		"merges":   "{<<: [*a%[1]d, *a%[1]d, *a%[1]d, *a%[1]d, *a%[1]d, *a%[1]d, *a%[1]d, *a%[1]d], k%[1]d: *a%[1]d}",
		"mappings": "{a: *a%[1]d, b: *a%[1]d, c: *a%[1]d, d: *a%[1]d, e: *a%[1]d, f: *a%[1]d, g: *a%[1]d}",
	} {
		var text strings.Builder
		text.WriteString("k: &a0 {x: 1}\n")
		for i := range 20 {
			fmt.Fprintf(&text, "k%[1]d: &a%[2]d "+item+"\n", i, i+1)
		}
		began := time.Now()
		_, err := Compile(Source{
			Path: "config.yaml", Read: func(string) ([]byte, error) { return []byte(text.String()), nil },
			Getenv: func(string) (string, bool) { return "", false },
		})
		if err == nil || !strings.Contains(err.Error(), "is too large") {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: refused after %v", name, took)
		} else {
			t.Logf("%s: %v", name, took)
		}
	}
}
