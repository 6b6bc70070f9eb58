package doctor

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Severity is how bad a finding is.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // requests fail, or go where they must not
	Warning Severity = "warning" // it works now, and will not always
	Info    Severity = "info"    // worth knowing
)

// rank orders severities, the worst first.
func (s Severity) rank() int { return slices.Index([]Severity{Error, Warning, Info}, s) }

// Finding is one thing that is wrong.
type Finding struct {
	ID       string   `json:"id"` // of the Check that found it
	Severity Severity `json:"severity"`
	What     string   `json:"what"`
	Where    string   `json:"where"` // the path in the file, the resource's name, or the address
	Do       string   `json:"do"`
}

// Unlooked is what was not looked at.
type Unlooked struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// Report is what an examination found.
type Report struct {
	Looked   []string   `json:"looked_at"`
	Unlooked []Unlooked `json:"not_looked_at"`
	Findings []Finding  `json:"findings"` // the worst first, then in the order of Checks
}

// Count returns how many findings are of a severity.
func (r *Report) Count(s Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// Good tells whether nothing is worse than an info, or, where warnings are allowed, than a warning.
func (r *Report) Good(strict bool) bool {
	return r.Count(Error) == 0 && (!strict || r.Count(Warning) == 0)
}

// Summary says in one line how many findings there are.
func (r *Report) Summary() string {
	return fmt.Sprintf("errors: %d, warnings: %d, infos: %d", r.Count(Error), r.Count(Warning), r.Count(Info))
}

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	var s strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&s, "%s: %s (%s)\n  where: %s\n  do:    %s\n\n", f.Severity, printable(f.What), f.ID, printable(f.Where), printable(f.Do))
	}
	for _, l := range r.Looked {
		fmt.Fprintf(&s, "looked at: %s\n", printable(l))
	}
	for _, u := range r.Unlooked {
		fmt.Fprintf(&s, "not looked at: %s: %s\n", printable(u.What), printable(u.Why))
	}
	fmt.Fprintln(&s, r.Summary())
	_, err := io.WriteString(w, s.String())
	return err
}

// WriteJSON writes the report as one JSON object.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(struct {
		*Report
		Errors   int `json:"errors"`
		Warnings int `json:"warnings"`
		Infos    int `json:"infos"`
	}{r, r.Count(Error), r.Count(Warning), r.Count(Info)})
}

// sort puts the worst first; among equals the order in which they were found is kept.
func (r *Report) sort() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return cmp.Compare(a.Severity.rank(), b.Severity.rank()) })
}

// printable keeps names out of a file or from an Envoy from moving a terminal's cursor or starting a line.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 {
			return '?'
		}
		return r
	}, text)
}

// some names at most a few of many.
func some(names []string) string {
	const most = 6
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// cut shortens a text of someone else's.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
