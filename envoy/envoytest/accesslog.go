package envoytest

import (
	"encoding/json"
	"testing"
)

// Decisions returns the module's decisions out of access log lines, in their order; a line without one gives none.
func Decisions(t testing.TB, lines []string) []json.RawMessage {
	t.Helper()
	var all []json.RawMessage
	for _, l := range lines {
		var line struct{ Decision []json.RawMessage }
		if err := json.Unmarshal([]byte(l), &line); err != nil {
			t.Fatalf("envoytest: an access log line is no JSON: %v: %s", err, l)
		}
		all = append(all, line.Decision...)
	}
	return all
}
