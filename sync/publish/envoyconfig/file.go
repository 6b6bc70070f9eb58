package envoyconfig

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"google.golang.org/protobuf/encoding/protojson"
	"sigs.k8s.io/yaml"
)

// Head is what the comment at the top of a file says beside what the configuration itself tells.
type Head struct {
	Source   string   // the file it was made from
	Warnings []string // what people should know of it, one line each
}

// File returns the complete static configuration as YAML, with a comment that says how to start Envoy with it.
func File(in *Input, head Head) ([]byte, error) {
	b, err := Bootstrap(in)
	if err != nil {
		return nil, err
	}
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("envoyconfig: %w", err)
	}
	// By way of YAML's own reader the members are sorted and protojson's deliberate blanks are gone: equal input gives
	// equal bytes.
	body, err := yaml.JSONToYAML(text)
	if err != nil {
		return nil, fmt.Errorf("envoyconfig: %w", err)
	}
	return append([]byte(comment(in, head)), body...), nil
}

func comment(in *Input, head Head) string {
	var s strings.Builder
	line := func(format string, args ...any) {
		for _, l := range strings.Split(strings.Map(printable, fmt.Sprintf(format, args...)), "\n") {
			s.WriteString(strings.TrimRight("# "+l, " ") + "\n")
		}
	}
	line("Envoy configuration for RouteIQ, made by `routeiq-agent render` from %s", head.Source)
	line("revision %s: do not edit, render again.", in.Config.Revision)
	line("")
	line("Start it:   envoy -c THIS_FILE      with Envoy 1.39 or later")
	line("Module:     %s", in.Module)
	line("Clients:    http://%s", in.Listen)
	line("Admin:      http://%s", in.Admin)
	if needed := Variables(in); len(needed) > 0 {
		line("")
		line("Envoy reads these variables from its environment, and does not start without them:")
		for _, name := range slices.Sorted(maps.Keys(needed)) {
			line("  %-28s %s", name, list(needed[name]))
		}
	}
	warnings := slices.Clone(head.Warnings)
	if names := Literals(in); len(names) > 0 {
		warnings = append(warnings, "this file holds keys that stand literally in the configuration: keep it secret, or use os.environ/NAME there; they are of "+list(names))
	}
	if len(warnings) > 0 {
		line("")
		line("Warnings:")
		for _, w := range warnings {
			line("  %s", w)
		}
	}
	return s.String() + "\n"
}

// printable keeps a comment a comment: YAML ends a line at more characters than \n, and file names may hold any.
func printable(r rune) rune {
	if r == '\n' || unicode.IsPrint(r) {
		return r
	}
	return '?'
}

// list names at most four things, and how many more there are.
func list(names []string) string {
	const most = 4
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
