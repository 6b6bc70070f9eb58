package routing

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/artifact"
	"github.com/routeiq/routeiq/plugins/provider/nearest"
)

// Kind is a strategy as a configuration names it.
type Kind struct {
	Name   string
	Params []Param
	// Prices: it goes by what deployments cost, and one whose price nobody knows comes last.
	Prices bool
	// Rules says what is wrong with valid arguments beyond their types, each with the argument's name before it; nil: nothing is.
	Rules func(args abi.Args) []error
	// Artifacts are the kinds of artifact it goes by; none: it goes by none.
	Artifacts []string
	// Quality: the artifact's scores must be qualities.
	Quality bool
	// Example are arguments it runs with, of a kind that needs some.
	Example abi.Args
	// New makes it run. The arguments are valid and complete: those that were not given have their defaults.
	New func(args abi.Args) Strategy
}

// Param is one argument a strategy takes.
type Param struct {
	Name  string
	Type  ParamType
	About string // what it is, for docs/strategies.md and errors: a phrase
	// Low and High bound numbers, inclusive; Default is in force where it is not given.
	Low, High, Default float64
	// Words are what a text may be; none: any. The first is the default.
	Words []string
	// Required: there is no default.
	Required bool
}

// ParamType is what an argument is.
type ParamType string

// The types.
const (
	Number ParamType = "a number"
	Whole  ParamType = "a whole number"
	Flag   ParamType = "true or false"
	Text   ParamType = "text"
	Rows   ParamType = "a mapping of names to lists of texts"
	// Artifact is the Text that names one.
	Artifact ParamType = "the path or URL of an artifact"
	// Asked is the Text that names a deployment which is asked.
	Asked ParamType = "the model_name or id of a deployment"
	// Patterns are Rows whose keys are regular expressions, each with its Program.
	Patterns ParamType = "a mapping of regular expressions to lists of texts"
)

// Want says what is expected of an argument.
func (p *Param) Want() string {
	switch {
	case p.Type == Number || p.Type == Whole:
		if p.High >= math.MaxInt32 {
			return string(p.Type) + " of " + short(p.Low) + " or more"
		}
		return string(p.Type) + " from " + short(p.Low) + " to " + short(p.High)
	case len(p.Words) > 0:
		return "one of " + strings.Join(p.Words, ", ")
	}
	return string(p.Type)
}

func short(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// Param returns a parameter by its name, or nil.
func (k *Kind) Param(name string) *Param {
	i := slices.IndexFunc(k.Params, func(p Param) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &k.Params[i]
}

// Names are those of the parameters, in their order.
func (k *Kind) Names() []string {
	names := make([]string, len(k.Params))
	for i := range k.Params {
		names[i] = k.Params[i].Name
	}
	return names
}

// Unknown says that a strategy has no such argument.
func (k *Kind) Unknown(name string) string {
	if len(k.Params) == 0 {
		return "is no argument of " + k.Name + ", which takes none"
	}
	names := k.Names()
	if near := nearest.Of(name, names); near != "" {
		return "is no argument of " + k.Name + ", did you mean " + near + "?"
	}
	return "is no argument of " + k.Name + ", expected " + strings.Join(names, ", ")
}

// Check returns everything that is wrong with arguments, each with the argument's name before it.
func (k *Kind) Check(args abi.Args) (errs []error) {
	add := func(name, message string) { errs = append(errs, errors.New(name+": "+message)) }
	for i, a := range args {
		p := k.Param(a.Name)
		switch {
		case p == nil:
			add(a.Name, k.Unknown(a.Name))
		case slices.ContainsFunc(args[:i], func(other abi.Arg) bool { return other.Name == a.Name }):
			add(a.Name, "stands twice")
		default:
			if message := p.refuse(&a); message != "" {
				add(a.Name, message)
			}
		}
	}
	for _, p := range k.Params {
		if p.Required && !slices.ContainsFunc(args, func(a abi.Arg) bool { return a.Name == p.Name }) {
			add(p.Name, "is missing: "+k.Name+" needs "+string(p.Type)+", "+p.About)
		}
	}
	if len(errs) == 0 && k.Rules != nil {
		errs = k.Rules(k.Fill(args))
	}
	return errs
}

// refuse says what is wrong with a value; "" when nothing is.
func (p *Param) refuse(a *abi.Arg) string {
	switch p.Type {
	case Number, Whole, Flag:
		if a.Text != "" || len(a.Rows) > 0 {
			return "expected " + p.Want()
		}
		low, high := p.Low, p.High
		if p.Type == Flag {
			low, high = 0, 1
		}
		if !(a.Number >= low && a.Number <= high) || p.Type != Number && a.Number != math.Trunc(a.Number) {
			return "is " + short(a.Number) + ", expected " + p.Want()
		}
	case Artifact, Asked:
		if a.Text == "" || a.Number != 0 || len(a.Rows) > 0 {
			return "expected " + p.Want()
		}
	case Text:
		if a.Number != 0 || len(a.Rows) > 0 || len(p.Words) > 0 && !slices.Contains(p.Words, a.Text) {
			return "is " + strconv.Quote(a.Text) + ", expected " + p.Want()
		}
	case Rows, Patterns:
		if a.Number != 0 || a.Text != "" || len(a.Rows) == 0 && p.Required {
			return "expected " + p.Want()
		}
	}
	return ""
}

// Fill returns arguments with the defaults of those that were not given.
func (k *Kind) Fill(args abi.Args) abi.Args {
	full := slices.Clone(args)
	for _, p := range k.Params {
		if slices.ContainsFunc(args, func(a abi.Arg) bool { return a.Name == p.Name }) {
			continue
		}
		a := abi.Arg{Name: p.Name, Number: p.Default}
		if len(p.Words) > 0 {
			a.Text = p.Words[0]
		}
		full = append(full, a)
	}
	return full
}

// Make makes the strategy run with arguments.
func (k *Kind) Make(args abi.Args) (Strategy, error) {
	if errs := k.Check(args); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return k.New(k.Fill(args)), nil
}

// Takes tells whether the strategy can go by an artifact.
func (k *Kind) Takes(m *artifact.Manifest) error {
	switch {
	case k.Quality && !m.Quality:
		return errors.New("does not say that its scores are qualities (quality: true), which " + k.Name + " goes by")
	case slices.Contains(k.Artifacts, m.Kind):
		return nil
	}
	return errors.New("is of kind " + strconv.Quote(m.Kind) + ", " + k.Name + " goes by " + strings.Join(k.Artifacts, " or "))
}

// Fixed is a kind without arguments that is one strategy.
func Fixed(name string, s Strategy) *Kind {
	return &Kind{Name: name, New: func(abi.Args) Strategy { return s }}
}

// Registry is every strategy by name.
type Registry map[string]*Kind
