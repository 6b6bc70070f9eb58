package logline

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// TestDocsNameEveryMember: the table in docs/abi.md has the members a line can have, no more and no fewer.
func TestDocsNameEveryMember(t *testing.T) {
	text, err := os.ReadFile("../../docs/abi.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "## The log line")
	if !ok {
		t.Fatal("docs/abi.md has no section on the log line")
	}
	var documented []string
	for _, row := range regexp.MustCompile(`(?m)^\| (\x60[^|]*) \|`).FindAllStringSubmatch(section, -1) {
		for _, word := range strings.Fields(row[1]) {
			documented = append(documented, strings.Trim(word, "`"))
		}
	}
	l := sample()
	l.Decision.Attempts[1].Deployment.Price = &abi.Price{Input: 1}
	l.Decision.Refusal = &abi.Refusal{Code: "c"}
	var line any
	if err := json.Unmarshal(l.Append(nil), &line); err != nil {
		t.Fatal(err)
	}
	var written []string
	members(line, &written)
	slices.Sort(documented)
	slices.Sort(written)
	if documented, written := slices.Compact(documented), slices.Compact(written); !slices.Equal(documented, written) {
		t.Errorf("documented %v\nwritten    %v", documented, written)
	}
}

func members(v any, names *[]string) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			*names = append(*names, name)
			members(value, names)
		}
	case []any:
		for _, value := range v {
			members(value, names)
		}
	}
}
