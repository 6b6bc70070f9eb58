package strategy

import (
	"errors"
	"math"
	"slices"
	"strconv"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// byModel is what strategies that go by a trained model have in common. The candidate whose label scores best is taken; of two
// labels that score alike the one that stands first in the artifact; of several deployments with one label one by
// simple-shuffle. Where the model is not followed, or knows none of the candidates, the deployment that "otherwise" names is taken,
// and where that is no candidate the choice is fallback_strategy's.
type byModel struct {
	artifact  string
	labels    []abi.Row
	otherwise string
	fallback  routing.Strategy
	margin    float64
	inReach   bool
}

var (
	_ routing.Judge    = byModel{}
	_ routing.Outer    = byModel{}
	_ routing.Strategy = byModel{}
)

// modelParams are the arguments of every strategy that goes by a trained model.
var modelParams = []routing.Param{
	{Name: "artifact", Type: routing.Artifact, Required: true, About: "the trained model: a folder or a .tar, by path or URL (docs/artifacts.md)"},
	rows("labels", "a label of the model and the deployments it means (id, upstream model or provider/model), where it is not one of these itself; an empty list: none"),
	number("min_margin", 0, unbounded, 0, "how much better than the second best the best score must be for the model to be followed"),
	{Name: "only_in_reach", Type: routing.Flag, About: "whether the model is left aside for a request that is unlike all it was trained on, which an artifact tells by its reach"},
	text("otherwise", "the deployment (id, upstream model or provider/model) that is taken where the model is not followed; none: fallback_strategy chooses"),
	text("fallback_strategy", "a strategy that chooses where the model is not followed, with its default arguments; none: simple-shuffle"),
}

// registerModel adds a strategy that goes by artifacts of some kinds.
func registerModel(name string, own []routing.Param, make func(byModel, abi.Args) routing.Strategy, kinds ...string) struct{} {
	return register(&routing.Kind{
		Name: name, Artifacts: kinds, Params: slices.Concat(modelParams, own), Rules: modelRules(name, own),
		Example: abi.Args{{Name: "artifact", Text: "example"}},
		New:     func(a abi.Args) routing.Strategy { return make(byModelOf(a), a) },
	})
}

func byModelOf(a abi.Args) byModel {
	s := byModel{
		artifact: a.Text("artifact"), labels: a.Rows("labels"), margin: a.Number("min_margin"), inReach: a.Flag("only_in_reach"),
		otherwise: a.Text("otherwise"),
	}
	s.fallback, _ = innerStrategy(a.Text("fallback_strategy")) // the rules have seen to it
	return s
}

func modelRules(name string, own []routing.Param) func(abi.Args) []error {
	tiered := slices.ContainsFunc(own, func(p routing.Param) bool { return p.Name == "tier_mapping" })
	return func(a abi.Args) (errs []error) {
		if tiered {
			errs = tierRules(a)
		}
		fallback := a.Text("fallback_strategy")
		s, err := innerStrategy(fallback)
		switch _, judges := s.(routing.Judge); {
		case fallback == name:
			err = errors.New("is " + name + " itself, expected another strategy")
		case err == nil && judges:
			err = errors.New("is " + fallback + ", which goes by a model itself: expected one that does not")
		}
		if err != nil {
			errs = append(errs, errors.New("fallback_strategy: "+err.Error()))
		}
		rows := a.Rows("labels")
		for i, row := range rows {
			if slices.ContainsFunc(rows[:i], func(other abi.Row) bool { return other.Key == row.Key }) {
				errs = append(errs, errors.New("labels: "+strconv.Quote(row.Key)+" stands twice"))
			}
		}
		return errs
	}
}

// Artifact implements routing.Judge.
func (s byModel) Artifact() string { return s.artifact }

// Place implements routing.Judge.
func (s byModel) Place(labels []string, d *abi.Deployment) int {
	for i, label := range labels {
		at := slices.IndexFunc(s.labels, func(row abi.Row) bool { return row.Key == label })
		if at < 0 && named(label, d) || at >= 0 && namedBy(s.labels[at].Values, d) {
			return i + 1
		}
	}
	return 0
}

// Abstain implements routing.Judge.
func (s byModel) Abstain(j *routing.Judgement) abi.Abstains {
	switch {
	case j.Margin < s.margin:
		return abi.AbstainsMargin
	case s.inReach && j.Reach > 0 && j.Distance > j.Reach:
		return abi.AbstainsReach
	}
	return ""
}

// Within implements routing.Outer.
func (s byModel) Within() routing.Strategy { return s.fallback }

// Pick implements routing.Strategy.
func (s byModel) Pick(r *abi.Request, candidates []abi.Candidate) int {
	return s.best(r, candidates, func(i int) float64 { return candidates[i].Signals.Score })
}

// best takes the candidate with the highest value among those that the model knows.
func (s byModel) best(r *abi.Request, candidates []abi.Candidate, value func(i int) float64) int {
	best, place := math.Inf(-1), 0
	for i := range candidates {
		if signals := candidates[i].Signals; signals != nil && signals.Place > 0 {
			if v := value(i); v > best || v == best && signals.Place < place {
				best, place = v, signals.Place
			}
		}
	}
	if place == 0 {
		return s.unjudged(r, candidates)
	}
	return shuffleAmong(r, candidates, func(i int) bool { return candidates[i].Signals != nil && candidates[i].Signals.Place == place })
}

// unjudged chooses without the model.
func (s byModel) unjudged(r *abi.Request, candidates []abi.Candidate) int {
	if slices.ContainsFunc(candidates, func(c abi.Candidate) bool { return named(s.otherwise, c.Deployment) }) {
		return shuffleAmong(r, candidates, func(i int) bool { return named(s.otherwise, candidates[i].Deployment) })
	}
	if s.fallback != nil {
		return s.fallback.Pick(r, candidates)
	}
	return SimpleShuffle{}.Pick(r, candidates)
}
