package routing

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/limit"
	"github.com/routeiq/routeiq/plugins/signal"
)

// group is a ModelGroup that is ready to run.
type group struct {
	*abi.ModelGroup
	deployments []*abi.Deployment // sorted by id, so that the order of the document decides nothing
	strategy    Strategy
	turns       bool              // the strategy is a TurnTaker
	needs       abi.SignalSet     // what its candidates' signals must hold
	learner     Learner           // the strategy, if it is one
	reader      Reader            // the strategy, if it is one
	judge       Judge             // the strategy, if it is one
	asking      *interrogator     // of a strategy that is Asking
	model       *model            // that it goes by
	calibration Calibration       // the strategy's, if it is Calibrated
	shadow      *shadow           // decides beside it; nil: nothing does
	detects     bool              // the strategy is Detecting
	agents      bool              // the strategy is AgentAware
	settings    signal.Settings   // of its deployments' records
	label       string            // what HeaderStrategy says
	limited     bool              // some deployment states a limit
	options     [apiCount]options // by the place of the API in abi.APIs
}

// apiCount is the number of APIs; TestEveryAPIHasAPlace compares it with abi.APIs.
const apiCount = 5

// optionsOf returns what the group has for an API.
func (g *group) optionsOf(api abi.API) *options {
	for i := range abi.APIs {
		if abi.APIs[i] == api {
			return &g.options[i]
		}
	}
	return &options{}
}

// addGroup makes a group of the document run; path is where it stands.
func (r *Router) addGroup(of *abi.ModelGroup, path string, registry Registry) (errs []error) {
	g := &group{ModelGroup: of, label: of.Strategy.Name}
	if err := g.equip(registry, r); err != nil {
		errs = append(errs, errors.New(path+".strategy"+err.Error()))
	}
	if g.Strategy.Requested != "" {
		g.label += "; requested=" + g.Strategy.Requested
	}
	for n := range g.Deployments {
		g.deployments = append(g.deployments, &g.Deployments[n])
		r.owners[g.Deployments[n].ID] = g
		g.limited = g.limited || limit.Of(&g.Deployments[n]).Any()
	}
	slices.SortFunc(g.deployments, func(a, b *abi.Deployment) int { return strings.Compare(a.ID, b.ID) })
	if s, ok := g.strategy.(Asking); ok {
		if err := g.interrogate(s, r, registry[g.Strategy.Name]); err != nil {
			errs = append(errs, errors.New(path+".strategy"+err.Error()))
		}
	}
	if g.Shadow != nil {
		if err := r.addShadow(g, registry); err != nil {
			errs = append(errs, errors.New(path+".shadow.strategy"+err.Error()))
		}
	}
	g.compileOptions()
	r.groups[g.Name] = g
	if s, ok := g.strategy.(Named); ok {
		r.routers[s.Router()] = g
	}
	if strings.Contains(g.Name, "*") {
		r.patterns = append(r.patterns, g)
	}
	return errs
}

// compileOptions makes what the group has for each API.
func (g *group) compileOptions() {
	for n, api := range abi.APIs {
		g.options[n] = compileOptions(g, api)
	}
}

// equip gives a group its strategy.
func (g *group) equip(registry Registry, r *Router) (err error) {
	k := registry[g.Strategy.Name]
	if k == nil {
		return errors.New(".name: is " + strconv.Quote(g.Strategy.Name) + ", which this module does not have")
	}
	if g.strategy, err = k.Make(g.Strategy.Args); err != nil {
		return errors.New(".args: " + err.Error())
	}
	g.settings = signal.DefaultSettings
	for s := g.strategy; s != nil; {
		g.ask(s)
		outer, ok := s.(Outer)
		if !ok {
			break
		}
		s = outer.Within()
	}
	if s, ok := g.strategy.(Learner); ok {
		g.learner = s
		g.needs |= abi.SignalEstimate
		g.settings.Kind = k.Name
	}
	if s, ok := g.strategy.(Judge); ok {
		g.judge = s
		g.needs |= abi.SignalScore
		if g.model, err = r.modelOf(s.Artifact(), k); err != nil {
			return errors.New(".args.artifact: " + err.Error())
		}
		if s, ok := s.(Calibrated); ok {
			if g.calibration = s.Calibration(); g.calibration.Share > 0 && g.model.manifest.Quantiles == nil {
				return errors.New(".args.share: needs an artifact with a calibration, which tells the scores of its training queries")
			}
		}
	}
	return nil
}

// ask finds out what a strategy needs.
func (g *group) ask(s Strategy) {
	if _, ok := s.(TurnTaker); ok {
		g.turns = true
	}
	if _, ok := s.(Detecting); ok {
		g.detects = true
	}
	if _, ok := s.(AgentAware); ok {
		g.agents = true
	}
	if r, ok := s.(Reader); ok {
		g.reader = r
	}
	if i, ok := s.(Informed); ok {
		g.needs |= i.Needs()
	}
	if k, ok := s.(Keeper); ok {
		g.settings = k.Keep()
	}
}
