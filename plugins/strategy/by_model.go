package strategy

import (
	"slices"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// byModel is what strategies that go by a trained model have in common.
type byModel struct {
	byLabel
	artifact string
	margin   float64
	inReach  bool
}

var _ routing.Judge = byModel{}

// modelParams are the arguments of every strategy that goes by a trained model.
var modelParams = []routing.Param{
	artifactParam,
	rows("labels", "a label of the model and the deployments it means (id, upstream model or provider/model), where it is not one of these itself; an empty list: none"),
	number("min_margin", 0, unbounded, 0, "how much better than the second best the best score must be for the model to be followed"),
	{Name: "only_in_reach", Type: routing.Flag, About: "whether the model is left aside for a request that is unlike all it was trained on, which an artifact tells by its reach"},
	text("otherwise", "the deployment (id, upstream model or provider/model) that is taken where the model is not followed; none: fallback_strategy chooses"),
	text("fallback_strategy", "a strategy that chooses where the model is not followed, with its default arguments; none: simple-shuffle"),
}

var artifactParam = routing.Param{
	Name: "artifact", Type: routing.Artifact, Required: true, About: "the trained model: a folder or a .tar, by path or URL (docs/artifacts.md)",
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
	return byModel{byLabel: byLabelOf(a), artifact: a.Text("artifact"), margin: a.Number("min_margin"), inReach: a.Flag("only_in_reach")}
}

func modelRules(name string, own []routing.Param) func(abi.Args) []error {
	tiered := slices.ContainsFunc(own, func(p routing.Param) bool { return p.Name == "tier_mapping" })
	return func(a abi.Args) (errs []error) {
		if tiered {
			errs = tierRules(a)
		}
		return append(errs, labelRules(name, a)...)
	}
}

// Artifact implements routing.Judge.
func (s byModel) Artifact() string { return s.artifact }

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
