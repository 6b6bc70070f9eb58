package conformance

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// Exceptions are scenarios that an engine is known to fail, and why: by scenario and engine.
type Exceptions map[[2]string]string

// ReadExceptions reads a file of lines "SCENARIO ENGINE REASON…". A line for a scenario that does not exist, an engine
// nobody knows or without a reason is an error; so is one for a scenario that passes, which Run finds.
func ReadExceptions(file string, scenarios []*Scenario) (Exceptions, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, s := range scenarios {
		known[s.Name] = true
	}
	all, n := Exceptions{}, 0
	var errs []error
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		engine, reason, _ := strings.Cut(strings.TrimSpace(rest), " ")
		switch {
		case !known[name]:
			errs = append(errs, fmt.Errorf("%s:%d: there is no scenario %q", file, n, name))
		case engine != "core" && engine != "host" && engine != "envoy":
			errs = append(errs, fmt.Errorf("%s:%d: %q is no engine; expected core, host or envoy", file, n, engine))
		case strings.TrimSpace(reason) == "":
			errs = append(errs, fmt.Errorf("%s:%d: no reason is given", file, n))
		case all[[2]string{name, engine}] != "":
			errs = append(errs, fmt.Errorf("%s:%d: %s stands twice for %s", file, n, name, engine))
		}
		all[[2]string{name, engine}] = strings.TrimSpace(reason)
	}
	return all, errors.Join(errs...)
}
