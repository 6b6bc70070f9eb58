package routing

import (
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/signal"
	"github.com/routeiq/routeiq/plugins/store"
)

// eager needs everything a strategy can need.
type eager struct{ first }

func (eager) TakesTurns()             {}
func (eager) Detects()                {}
func (eager) GoesByUserAgent()        {}
func (eager) Read(*abi.Prompt) string { return "i" }
func (eager) Needs() abi.SignalSet    { return abi.SignalGauges }
func (eager) Keep() signal.Settings   { return signal.Settings{List: 7} }

// around asks another strategy.
type around struct {
	first
	within Strategy
}

func (a around) Within() Strategy   { return a.within }
func (around) Needs() abi.SignalSet { return abi.SignalOutput }

// TestWhatAnInnerStrategyNeedsIsGathered also of one that is asked by another.
func TestWhatAnInnerStrategyNeedsIsGathered(t *testing.T) {
	for _, c := range []struct {
		s     Strategy
		all   bool
		needs abi.SignalSet
	}{
		{first{}, false, 0}, {eager{}, true, abi.SignalGauges}, {around{}, false, abi.SignalOutput},
		{around{within: first{}}, false, abi.SignalOutput}, {around{within: around{within: eager{}}}, true, abi.SignalOutput | abi.SignalGauges},
	} {
		g := group{ModelGroup: &abi.ModelGroup{Strategy: abi.StrategyRef{Name: "s"}}}
		if err := g.equip(Registry{"s": Fixed("s", c.s)}, &Router{}); err != nil {
			t.Fatal(err)
		}
		if g.needs != c.needs || g.turns != c.all || g.detects != c.all || g.agents != c.all || (g.reader != nil) != c.all || (g.settings.List == 7) != c.all {
			t.Errorf("%T: %+v", c.s, g)
		}
	}
}

func TestArguments(t *testing.T) {
	k := Kind{
		Name: "k", Params: []Param{
			{Name: "part", Type: Number, Low: 0, High: 1, Default: 0.5, About: "a part"},
			{Name: "count", Type: Whole, Low: 1, High: 9, Default: 3, About: "a count"},
			{Name: "on", Type: Flag, About: "a switch"},
			{Name: "mode", Type: Text, Words: []string{"a", "b"}, About: "a mode"},
			{Name: "names", Type: Rows, Required: true, About: "names"},
		},
		Rules: func(a abi.Args) (errs []error) {
			if a.Number("part")*a.Number("count") > 5 {
				errs = append(errs, errString("part: too much"))
			}
			return errs
		},
		New: func(abi.Args) Strategy { return first{} },
	}
	names := abi.Arg{Name: "names", Rows: []abi.Row{{Key: "x"}}}
	for _, c := range []struct {
		args abi.Args
		want string // all of what is wrong, in order
	}{
		{abi.Args{names}, ""},
		{abi.Args{}, "names: is missing: k needs a mapping of names to lists of texts, names"},
		{abi.Args{names, {Name: "nams"}}, "nams: is no argument of k, did you mean names?"},
		{abi.Args{names, names}, "names: stands twice"},
		{abi.Args{names, {Name: "part", Number: 2}, {Name: "count", Number: 1.5}, {Name: "on", Number: 2}, {Name: "mode", Text: "c"}},
			"part: is 2, expected a number from 0 to 1|count: is 1.5, expected a whole number from 1 to 9|on: is 2, expected true or false|mode: is \"c\", expected one of a, b"},
		{abi.Args{names, {Name: "part", Text: "x"}, {Name: "mode", Number: 1}}, "part: expected a number from 0 to 1|mode: is \"\", expected one of a, b"},
		{abi.Args{names, {Name: "part", Number: 1}, {Name: "count", Number: 9}}, "part: too much"},
	} {
		var got []string
		for _, err := range k.Check(c.args) {
			got = append(got, err.Error())
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("%v: %q", c.args, got)
		}
	}
	full := k.Fill(abi.Args{names})
	if full.Number("part") != 0.5 || full.Number("count") != 3 || full.Flag("on") || full.Text("mode") != "a" || len(full.Rows("names")) != 1 {
		t.Errorf("filled up: %+v", full)
	}
	g := grp("g", 0, "", deployment("a"))
	g.Strategy = abi.StrategyRef{Name: "k", Args: abi.Args{{Name: "part", Number: 7}}}
	_, err := Compile(&abi.Config{Groups: []abi.ModelGroup{g}}, Registry{"k": &k}, NewMemory(new(store.Map)))
	if err == nil || !strings.Contains(err.Error(), "groups[0].strategy.args: part: is 7, expected a number from 0 to 1\nnames: is missing") {
		t.Errorf("a document with bad arguments: %v", err)
	}
}

type errString string

func (e errString) Error() string { return string(e) }
