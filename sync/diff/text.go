package diff

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// WriteText writes a result for people: a line for each deployment that comes (+), goes (-) or changes (~) and for each path.
func (r *Result) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, e := range r.Added {
		fmt.Fprintf(&b, "+ %s\n", e)
	}
	for _, e := range r.Removed {
		fmt.Fprintf(&b, "- %s\n", e)
	}
	for _, c := range r.Changed {
		fmt.Fprintf(&b, "~ %s\n", c.Entry)
		for _, p := range c.Paths {
			fmt.Fprintf(&b, "    %s\n", p)
		}
	}
	for _, p := range r.Settings {
		fmt.Fprintf(&b, "* %s\n", p)
	}
	fmt.Fprintf(&b, "%s\n", r.Summary())
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteJSON writes a result as one JSON object.
func (r *Result) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Summary says in a line how much changes.
func (r *Result) Summary() string {
	if r.Empty() {
		return "nothing changes"
	}
	return fmt.Sprintf("%d added, %d removed, %d changed, %d other settings", len(r.Added), len(r.Removed), len(r.Changed), len(r.Settings))
}

// String names a deployment.
func (e Entry) String() string {
	name := e.ModelName
	if name == "" {
		name = "(no name)"
	}
	if e.Model == "" {
		return fmt.Sprintf("%s %s", e.ID, name)
	}
	return fmt.Sprintf("%s %s → %s", e.ID, name, e.Model)
}

// String says what happened to a value.
func (p Path) String() string {
	switch {
	case p.Note != "":
		return p.Path + ": " + p.Note
	case p.Old == nil:
		return fmt.Sprintf("%s: %s added", p.Path, inline(p.New))
	case p.New == nil:
		return fmt.Sprintf("%s: %s removed", p.Path, inline(p.Old))
	}
	return fmt.Sprintf("%s: %s → %s", p.Path, inline(p.Old), inline(p.New))
}

func inline(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "a value" // it came from JSON or YAML, whose values encode; an infinite number does not
	}
	return string(text)
}
