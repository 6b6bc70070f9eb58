package conformance

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ReadJoined reads a file of lines of scenarios' names: those of a line share an engine though their settings differ, which are
// put together. A name that no scenario has, that stands twice or that says "alone" is an error.
func ReadJoined(file string, scenarios []*Scenario) (lines [][]string, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	known := map[string]*Scenario{}
	for _, s := range scenarios {
		known[s.Name] = s
	}
	var errs []error
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		names := strings.Fields(line)
		for _, name := range names {
			switch s := known[name]; {
			case s == nil:
				errs = append(errs, fmt.Errorf("%s: there is no scenario %q", file, name))
			case s.Alone:
				errs = append(errs, fmt.Errorf("%s: %s says alone", file, name))
			case seen[name]:
				errs = append(errs, fmt.Errorf("%s: %s stands twice", file, name))
			}
			seen[name] = true
		}
		lines = append(lines, names)
	}
	return lines, errors.Join(errs...)
}

// joinLine puts the scenarios of a line together, as far as they are among these; nil: none is.
func joinLine(line []string, scenarios []*Scenario) (p *joint, err error) {
	for _, s := range scenarios {
		if !slices.Contains(line, s.Name) {
			continue
		}
		d, err := read(s)
		switch {
		case err != nil:
			err = fmt.Errorf("config.yaml: %w", err)
		case p == nil:
			p = &joint{document: d, alone: true, scenarios: []*Scenario{s}}
			continue
		case p.meets(d):
			err = errors.New("it names something as another of its line does")
		default:
			err = merge(p.rest, d.rest)
		}
		if err != nil {
			return nil, fmt.Errorf("scenario %s: %w", s.Name, err)
		}
		p.add(s, d)
	}
	return p, nil
}

// merge adds settings to others. What stands in both must be alike, but for the lists of who falls back to whom.
func merge(into, from *yaml.Node) error {
	for i := 0; i+1 < len(from.Content); i += 2 {
		key, v := from.Content[i].Value, from.Content[i+1]
		had := value(into, key)
		var err error
		switch {
		case had == nil:
			put(into, key, v)
		case had.Kind == yaml.MappingNode && v.Kind == yaml.MappingNode:
			err = merge(had, v)
		case strings.HasSuffix(key, "_fallbacks") && had.Kind == yaml.SequenceNode && v.Kind == yaml.SequenceNode:
			concat(had, v)
		case !alike(had, v):
			err = errors.New("is another than that of its line")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

func alike(a, b *yaml.Node) bool {
	x, err1 := yaml.Marshal(a)
	y, err2 := yaml.Marshal(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}
