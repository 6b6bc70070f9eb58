package simulate

import (
	"fmt"
	"slices"
	"strings"
)

// Report is the section of docs/strategies.md on what was measured.
func Report(results []*Comparison) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", how)
	b.WriteString("| strategy | world | p95 ms | USD per 1,000 | errors % | quality % | what it shows |\n")
	b.WriteString("|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		against := ""
		if r.Against.Strategy != "" {
			against = ", against " + r.Against.name()
		}
		fmt.Fprintf(&b, "| %s%s | %s | %s (%s) | %s | %s | %s | %s |\n", r.name(), against, r.World.Name,
			r.change(P95MS), r.Diff[P95MS].text(P95MS), r.change(USD), r.change(Errors), r.change(Quality), r.told())
	}
	b.WriteString("\nThe worlds:\n\n")
	for _, w := range Worlds {
		if slices.ContainsFunc(results, func(r *Comparison) bool { return r.World == w }) {
			fmt.Fprintf(&b, "- **%s**: %s %g minutes.\n", w.Name, w.About, w.Minutes)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", limits)
	return b.String()
}

// name is how a setup is called.
func (s *Setup) name() string {
	name := "`" + s.Strategy + "`"
	if s.Args != "" {
		name += " with `" + s.Args + "`"
	}
	if s.Affinity != "" {
		name += " with affinity `" + s.Affinity + "`"
	}
	return name
}

// told says what a case shows, and the differences that have no column.
func (r *Comparison) told() string {
	text := r.Shows
	for _, m := range slices.Concat(r.Better, r.Worse) {
		switch m {
		case P95MS:
		case USD, Quality:
			text += "; " + m.String() + " " + r.Diff[m].text(m)
		default:
			text += "; " + m.String() + " " + r.change(m) + " (" + r.Diff[m].text(m) + ")"
		}
	}
	return text
}

// digits are those after the point.
var digits = [metrics]int{USD: 2, Errors: 2, Quality: 1, Failures: 2, Uneven: 1}

func (r *Comparison) change(m Metric) string {
	return fmt.Sprintf("%.*f → %.*f", digits[m], r.Was[m], digits[m], r.Is[m])
}

// text writes an interval. What rounds to nothing has no sign.
func (i Interval) text(m Metric) string {
	value := fmt.Sprintf("%+.*f", digits[m], i.Mean)
	if strings.Trim(value, "+-0.") == "" {
		value = value[1:]
	}
	return strings.Replace(value, "-", "−", 1) + fmt.Sprintf(" ± %.*f", digits[m], i.Half)
}

// how says how it is measured.
var how = fmt.Sprintf(`What a strategy is for, measured: each is played in a small world made for it, and so is simple-shuffle, or what the row
names, with the same clients in the same instants. Left of an arrow is that, right of it the strategy; in brackets is the
difference, with its 95%% interval over %d worlds that differ in their chances. A test demands of each row that the interval
of what it is about lies on the good side, and of a row that warns, on the bad one.

It is a simulation, in virtual time, of a proxy with %d workers that share what the module's workers share and tick once a
second. What decides is the module's own router, configured by a config.yaml with num_retries %d and the defaults else,
breakers included. Clients come independently of one another (Poisson); lengths of inputs and answers and times of servers are
lognormal. The p95 is of requests that were answered: the time to a stream's first event, to any other answer as a whole,
failed attempts and pauses included. Errors are requests that were not answered.`,
	Seeds, workers, retries)

// limits says what that does not show.
const limits = `What this does not show: how large a difference is for you. The worlds are made so that a strategy's purpose matters in them,
and in a world made for another one it may do harm. Servers are simple: the speed of an answer is settled when it begins,
reading and writing do not disturb one another, and the network takes no time. Clients do not leave, and one who gets an error
does not come again. Quality is a chance by kind of request and model, not a judgement of text. An interval that lies on the
good side is no proof that it does at other loads.`
