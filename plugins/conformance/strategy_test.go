package conformance

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/routeiq/routeiq/abi"
	kit "github.com/routeiq/routeiq/abi/conformance"
	"github.com/routeiq/routeiq/plugins/strategy"
)

// named is where a scenario names a strategy, with its arguments.
var named = regexp.MustCompile(`routing_strategy: *([a-z0-9-]+)(, routing_strategy_args: \{.*\})?`)

// said is what a scenario expects of a strategy's name; arguments are those that stand in lines of their own.
var (
	said      = regexp.MustCompile(` strategy=\S+`)
	arguments = regexp.MustCompile(`(routing_strategy: simple-shuffle)\n +routing_strategy_args:.*(\n {8}.*)*`)
)

// TestAScenarioTellsEveryStrategyFromSimpleShuffle: every strategy has a scenario, which host and Envoy play too; and it fails
// where simple-shuffle decides instead, so that it shows something.
func TestAScenarioTellsEveryStrategyFromSimpleShuffle(t *testing.T) {
	dir := filepath.Join(kit.Root(t), "testdata", "scenarios")
	scenarios, err := kit.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	exceptions, err := kit.ReadExceptions(filepath.Join(dir, "exceptions.txt"), scenarios)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(strategy.Registry())) {
		if name == abi.DefaultStrategy {
			continue
		}
		i := slices.IndexFunc(scenarios, func(s *kit.Scenario) bool {
			return slices.ContainsFunc(named.FindAllSubmatch(s.Config, -1), func(m [][]byte) bool { return string(m[1]) == name })
		})
		if i < 0 {
			t.Errorf("%s has no scenario", name)
			continue
		}
		s := scenarios[i]
		if exceptions[[2]string{s.Name, Core{}.Name()}] != "" {
			continue // the plain core cannot play it; host and Envoy do
		}
		text, err := os.ReadFile(filepath.Join(dir, s.Name+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		text = named.ReplaceAllFunc(text, func(m []byte) []byte {
			if string(named.FindSubmatch(m)[1]) == name {
				return []byte("routing_strategy: " + abi.DefaultStrategy)
			}
			return m
		})
		text = arguments.ReplaceAll(said.ReplaceAll(text, nil), []byte("$1"))
		other, err := kit.Parse(s.Name, text)
		if err != nil {
			t.Fatal(err)
		}
		if errs := kit.Play(t.Context(), Core{}, other, kit.Options{Offline: true}); len(errs) == 0 {
			t.Errorf("%s: the scenario %s passes with %s, too", name, s.Name, abi.DefaultStrategy)
		}
	}
}
