package strategy

import (
	"errors"
	"math"
	"slices"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// byLabel is what strategies have in common whose candidates have labels with scores. The candidate whose label scores best is taken;
// of two labels that score alike the one that stands first; of several deployments with one label one by simple-shuffle. Where there
// are no scores, the deployment that "otherwise" names is taken, and where that is no candidate the choice is fallback_strategy's.
type byLabel struct {
	labels    []abi.Row
	otherwise string
	fallback  routing.Strategy
}

var (
	_ routing.Placer   = byLabel{}
	_ routing.Outer    = byLabel{}
	_ routing.Strategy = byLabel{}
)

func byLabelOf(a abi.Args) byLabel {
	s := byLabel{labels: a.Rows("labels"), otherwise: a.Text("otherwise")}
	s.fallback, _ = innerStrategy(a.Text("fallback_strategy")) // the rules have seen to it
	return s
}

// labelRules say what is wrong with the arguments of strategies with labels.
func labelRules(name string, a abi.Args) (errs []error) {
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
	return append(errs, rowsTwice("labels", a.Rows("labels"))...)
}

// Places implements routing.Placer.
func (s byLabel) Places(labels []string, d *abi.Deployment) (places []int) {
	for i, label := range labels {
		row := abi.RowOf(s.labels, label)
		if row == nil && named(label, d) || row != nil && namedBy(row.Values, d) {
			places = append(places, i+1)
		}
	}
	return places
}

// Within implements routing.Outer.
func (s byLabel) Within() routing.Strategy { return s.fallback }

// Pick implements routing.Strategy.
func (s byLabel) Pick(r *abi.Request, candidates []abi.Candidate) int {
	best, place := math.Inf(-1), 0
	for i := range candidates {
		if signals := candidates[i].Signals; signals != nil && signals.Place > 0 {
			if v := signals.Score; v > best || v == best && signals.Place < place {
				best, place = v, signals.Place
			}
		}
	}
	if place == 0 {
		return s.unjudged(r, candidates)
	}
	return shuffleAmong(r, candidates, func(i int) bool { return candidates[i].Signals != nil && candidates[i].Signals.Place == place })
}

// unjudged chooses without scores.
func (s byLabel) unjudged(r *abi.Request, candidates []abi.Candidate) int {
	if slices.ContainsFunc(candidates, func(c abi.Candidate) bool { return named(s.otherwise, c.Deployment) }) {
		return shuffleAmong(r, candidates, func(i int) bool { return named(s.otherwise, candidates[i].Deployment) })
	}
	if s.fallback != nil {
		return s.fallback.Pick(r, candidates)
	}
	return SimpleShuffle{}.Pick(r, candidates)
}
