package conformance

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	kit "github.com/routeiq/routeiq/abi/conformance"
	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
	"github.com/routeiq/routeiq/plugins/ngram"
	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/store"
	"github.com/routeiq/routeiq/plugins/strategy"
)

// named is where a scenario names a strategy, with its arguments.
var named = regexp.MustCompile(`routing_strategy: *([a-z0-9-]+)(, routing_strategy_args: \{.*\})?`)

// TestTheOrderOfAConfigurationDecidesNothing: under every strategy a reordered model_list gives the same decisions.
func TestTheOrderOfAConfigurationDecidesNothing(t *testing.T) {
	for name, k := range strategy.Registry() {
		decisions := func(order []int) (all []string) {
			g := abi.ModelGroup{Name: "g", Strategy: abi.StrategyRef{Name: name, Args: k.Example}, WhenAllOpen: abi.WhenAllOpenRefuse, Retries: 2}
			for _, i := range order {
				g.Deployments = append(g.Deployments, abi.Deployment{
					ID: string(rune('a' + i)), Model: "m", Cluster: "c", Share: float64(i % 3), Size: float64(i), Price: &abi.Price{Input: float64(i%2) / 1e6, Output: 1e-6},
					Paths: []abi.APIPath{{API: abi.APIChat, Path: "/v1/chat/completions"}},
				})
			}
			r, err := routing.Compile(&abi.Config{Groups: []abi.ModelGroup{g}, Retry: abi.DefaultRetry, Artifacts: examples(k), Judges: exampleJudges}, strategy.Registry(), routing.NewMemory(new(store.Map)))
			if err != nil {
				t.Fatal(err)
			}
			for i := range int64(200) {
				q := abi.Request{Seed: uint64(i), NowMS: epochMS + i, API: abi.APIChat, Model: "g", InputTokens: int(i), Reasoning: i%2 == 0}
				run := r.Begin(&q)
				_, a := run.Advance(q.NowMS)
				all = append(all, a.Deployment.ID)
				outcomes := make([]abi.Outcome, len(run.Decision.Attempts))
				outcomes[0] = abi.Outcome{Class: abi.ClassOK, DurationMS: 10 + i%7, Usage: abi.Usage{Input: 5, Output: int(i % 11)}}
				run.End(outcomes, q.NowMS+10)
			}
			return all
		}
		if a, b := decisions([]int{0, 1, 2, 3, 4}), decisions([]int{3, 0, 4, 2, 1}); !slices.Equal(a, b) {
			t.Errorf("%s: %v, reordered %v", name, a, b)
		}
	}
}

// exampleJudges are the language models that kinds' examples ask.
var exampleJudges = []abi.Judge{{ID: "example", Cluster: "j", Path: "/v1/chat/completions", Model: "m"}}

// examples are the artifacts that a kind's example names.
func examples(k *routing.Kind) []abi.Artifact {
	if len(k.Artifacts) == 0 {
		return nil
	}
	manifest, tensors := artifacttest.Example(k.Artifacts[0], ngram.ID, ngram.MinDimension)
	return []abi.Artifact{artifacttest.Document("example", manifest, tensors)}
}

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
			found := named.FindSubmatch(m)
			if string(found[1]) != name {
				return m
			}
			outer := bytes.Count(found[2], []byte("}")) - bytes.Count(found[2], []byte("{")) // they close what is around it
			return []byte("routing_strategy: " + abi.DefaultStrategy + strings.Repeat("}", outer))
		})
		text = arguments.ReplaceAll(said.ReplaceAll(text, nil), []byte("$1"))
		other, err := kit.Parse(s.Name, text)
		if err != nil {
			t.Fatal(err)
		}
		switch errs := kit.Play(t.Context(), Core{}, other, kit.Options{Offline: true}); {
		case len(errs) == 0:
			t.Errorf("%s: the scenario %s passes with %s, too", name, s.Name, abi.DefaultStrategy)
		case strings.Contains(errs[0].Error(), "did not start"):
			t.Errorf("%s: the scenario %s does not run with %s: %v", name, s.Name, abi.DefaultStrategy, errs[0])
		}
	}
}
