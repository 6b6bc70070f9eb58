package routing

import (
	"errors"
	"slices"

	"github.com/routeiq/routeiq/abi"
)

// shadow is a strategy that decides beside a group's own: a group like that one but for the strategy.
type shadow struct {
	*group
	percent   float64
	perSecond int
	second    int64 // that was counted last
	asked     int   // in it
	scratch   []abi.Signals
}

// shadowNth is the place of the number of chance that says which requests are decided beside: no strategy draws at it.
const shadowNth = 1 << 30

// addShadow makes a group's shadow run. One that learns, or takes turns, or reads more than the group's own would change what it only
// is to watch.
func (r *Router) addShadow(g *group, registry Registry) error {
	own := *g.ModelGroup
	own.Strategy = own.Shadow.Strategy
	s := &shadow{
		group:   &group{ModelGroup: &own, label: own.Strategy.Name, deployments: g.deployments},
		percent: own.Shadow.Percent, perSecond: own.Shadow.PerSecond,
	}
	if err := s.equip(registry, r); err != nil {
		return err
	}
	if _, asks := s.strategy.(Asking); asks {
		return errors.New(".name: is " + own.Strategy.Name + ", which asks a language model: expected one that can only watch")
	}
	if why := s.shares(); why != "" {
		return errors.New(".name: is " + own.Strategy.Name + ", which " + why + ": expected one that can only watch")
	}
	s.compileOptions()
	g.shadow = s
	g.needs |= s.needs & abi.SignalOutput // how long answers are is learned for both
	return nil
}

// shares tells why a strategy cannot be a shadow; empty: it can.
func (g *group) shares() string {
	switch {
	case g.learner != nil:
		return "learns from what it chose"
	case g.turns:
		return "takes turns"
	case g.needs&^(abi.SignalScore|abi.SignalOutput) != 0:
		return "goes by what is measured of its own choices"
	case g.reader != nil:
		return "reads words for itself"
	}
	return ""
}

// sampled tells whether a request is decided beside: by its seed alone, so that the same ones are on every engine.
func (s *shadow) sampled(q *abi.Request) bool {
	return s != nil && abi.Chance(q.Seed, shadowNth)*100 < s.percent
}

// take takes one of the second's places.
func (s *shadow) take(nowMS int64) bool {
	if second := nowMS / 1000; second != s.second {
		s.second, s.asked = second, 0
	}
	s.asked++
	return s.asked <= s.perSecond
}

// beside asks a group's shadow for its first choice among the candidates.
func (f *draft) beside(t *target, candidates []abi.Candidate) {
	s := t.shadow
	if !s.sampled(f.request) || f.then != nil || len(candidates) == 0 || !s.take(f.request.NowMS) {
		return
	}
	own := slices.Clone(candidates)
	var d abi.Decision
	also := target{group: s.group, name: t.name, star: t.star, only: t.only}
	f.signals, s.scratch = s.scratch, f.signals // those of the decision stay as they are
	f.inform(&d, f.request, &also, s.optionsOf(f.request.API), own, nil)
	f.signals, s.scratch = s.scratch, f.signals
	i := s.strategy.Pick(f.request, own)
	f.Shadow = &abi.Shadowed{Strategy: s.label, Deployment: own[i].ID, Model: d.Model, Abstains: d.Abstains}
}
