package simulate

import (
	"slices"
	"sync"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/strategy"
)

// lab is shared, so that each world is played once for all tests.
var lab = NewLab()

// results are those of all cases that can be asked.
var results = sync.OnceValues(func() (all []*Comparison, err error) {
	for _, c := range Asked(strategy.Registry()) {
		r, err := lab.Compare(c)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
})

// TestEveryStrategyHasAWorld: who adds a strategy shows what it is for.
func TestEveryStrategyHasAWorld(t *testing.T) {
	for name, k := range strategy.Registry() {
		if len(k.Artifacts) > 0 {
			continue // what a model is for was decided by its training: docs/artifacts.md
		}
		if s, err := k.Make(k.Example); err == nil {
			if _, asks := s.(routing.Asking); asks {
				continue // what it is good for depends on the language model that is asked, of which there is none here
			}
		}
		has := slices.ContainsFunc(Cases, func(c *Case) bool { return c.Strategy == name && len(c.Better) > 0 })
		if !has && name != abi.DefaultStrategy {
			t.Errorf("%s has no world in which it must be better: add a case", name)
		}
	}
}

func TestStrategiesAreBetterAtWhatTheyAreFor(t *testing.T) {
	all, err := results()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if len(r.Better)+len(r.Worse) == 0 {
			t.Errorf("%s in %s: the row is about nothing", r.name(), r.World.Name)
		}
		for _, failed := range r.Failed() {
			t.Errorf("%s in %s: %s", r.name(), r.World.Name, failed)
		}
	}
}

// TestNothingIsBetterThanItself: the clients, and what befalls them, are the same in both halves of a comparison, and then no
// demand holds.
func TestNothingIsBetterThanItself(t *testing.T) {
	for _, c := range Asked(strategy.Registry()) {
		same := *c
		same.Setup, same.Against = c.against(), c.against()
		r, err := lab.Compare(&same)
		if err != nil {
			t.Fatal(err)
		}
		if r.Diff != [metrics]Interval{} || len(r.Failed()) != len(c.Better)+len(c.Worse) {
			t.Errorf("%s: %v %v", c.World.Name, r.Diff, r.Failed())
		}
	}
}

// TestASeedIsAWorld: the same seed gives the same numbers, and another gives others.
func TestASeedIsAWorld(t *testing.T) {
	for _, w := range Worlds {
		for _, name := range []string{abi.DefaultStrategy, "least-busy"} {
			config, err := w.compile(Setup{Strategy: name})
			if err != nil {
				t.Fatal(err)
			}
			play := func(seed int) Measure {
				m, err := w.Run(config, seed)
				if err != nil {
					t.Fatal(err)
				}
				return m
			}
			first := play(1)
			if again := play(1); again != first {
				t.Errorf("%s with %s: %v, then %v", w.Name, name, first, again)
			}
			if other := play(2); other == first {
				t.Errorf("%s with %s: two seeds, one measure", w.Name, name)
			}
		}
	}
}
