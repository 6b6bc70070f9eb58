// Package routing turns a Request into a Decision: which deployments can serve it (eligible), which may (admitted),
// in which order they are tried (the group's strategy), and which groups come after. It is pure: what it needs is in
// its arguments, what is remembered is in the store it is handed.
package routing

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/inquiry"
	"github.com/routeiq/routeiq/plugins/limit"
	"github.com/routeiq/routeiq/plugins/session"
	"github.com/routeiq/routeiq/plugins/signal"
)

// Strategy prefers one of the candidates. It is called with at least one, all of them eligible and admitted, sorted by
// id, and returns an index. It must be a function of its arguments alone: all chance comes from Request.Seed.
type Strategy interface {
	Pick(r *abi.Request, candidates []abi.Candidate) int
}

// Informed is a Strategy that reads Candidate.Signals.
type Informed interface{ Needs() abi.SignalSet }

// Reader is a Strategy that goes by a request's words: what it reads in them is Request.Intent, which is logged in their place.
type Reader interface{ Read(p *abi.Prompt) string }

// Detecting is a Strategy that goes by Request.Agentic or Request.Reasoning.
type Detecting interface{ Detects() }

// AgentAware is a Strategy that goes by Request.UserAgent.
type AgentAware interface{ GoesByUserAgent() }

// Outer is a Strategy that asks another one: what that one needs is gathered as well.
type Outer interface{ Within() Strategy } // nil: it asks none

// Keeper is a Strategy that says how much of the past counts; without it signal.DefaultSettings hold.
type Keeper interface{ Keep() signal.Settings }

// Learner is a Strategy that learns for itself. It keeps some numbers for each deployment, which add up over workers, and
// makes an estimate of them for each candidate: its Pick reads Signals.Estimate, so that a log line tells what it went by.
type Learner interface {
	Keeper
	// Learn changes this worker's part of a deployment's numbers by an attempt that ended.
	Learn(own []float64, e *Experience)
	// Estimate makes two numbers of all workers' numbers. They are not changed.
	Estimate(q *abi.Request, sums []float64) [2]float64
}

// Judge is a Strategy that goes by a trained model: its candidates' signals say how the model scores them, and they say so too
// when the decision is made again from a log line.
type Judge interface {
	// Artifact is the name of the model's artifact.
	Artifact() string
	Placer
	// Abstain tells why a judgement is not to be followed; empty: it is.
	Abstain(j *Judgement) abi.Abstains
}

// Calibrated is a Judge that chooses between two labels by a threshold, and may have one in place of the artifact's.
type Calibrated interface{ Calibration() Calibration }

// Calibration is how a threshold is found.
type Calibration struct {
	Threshold float64 // below 0: the artifact's
	Share     float64 // of requests that the first label is to get; 0: the threshold holds
	Follows   bool    // of what is asked, and not of the training queries
}

// TwoSided is a Judge of two labels, each of whose scores is told as by how much it is above the other's: so the score of one
// candidate tells which label is preferred, whatever the others are.
type TwoSided interface{ TwoSided() }

// Named is a Judge whose group clients may name as RouteLLM's do: router-NAME-THRESHOLD.
type Named interface{ Router() string }

// Judgement is what a trained model says of a request.
type Judgement struct {
	Margin   float64 // between the best score and the second best; 0: there is one label
	Distance float64 // from what the model was trained on; 0: the model does not tell
	Reach    float64 // as far from it as the farthest of a hundred training queries; 0: the model does not tell
}

// Experience is one attempt that ended, for a Learner.
type Experience struct {
	Request    *abi.Request
	Deployment *abi.Deployment
	Outcome    *abi.Outcome
	Failed     bool // by the breaker's rules: the deployment is at fault
}

// TurnTaker is a Strategy that needs Request.Turn: the group's shared counter is read for it, and only for it.
type TurnTaker interface{ TakesTurns() }

// MaxFallbackGroups bounds how many groups come after the one asked for: LiteLLM's ROUTER_MAX_FALLBACKS. How many attempts a
// request may have is the configuration's (abi.RetryPolicy).
const MaxFallbackGroups = 5

// Router is a compiled Config.
type Router struct {
	config   *abi.Config
	groups   map[string]*group
	aliases  map[string]string
	patterns []*group          // groups whose name is a pattern, the most specific first
	owners   map[string]*group // deployment id → its group
	routers  map[string]*group // RouteLLM's name of a router → its group
	memory   *Memory
	board    breaker.Board
	limits   limit.Board
	sessions session.Board
	plain    Strategy                  // in place of one that failed
	budgets  map[string]budget         // by provider; nil: there are none
	records  map[string]*signal.Record // by deployment, of groups whose strategy needs signals
	polled   []Poll                    // servers whose gauges strategies go by
	models   []*model                  // that strategies go by
	judges   map[string]*inquiry.Client
	// Scratch, of the decision that is being made: its candidates, and their signals where those are made for it.
	candidates []abi.Candidate
	signals    []abi.Signals
}

// Compile makes a valid Config run. It refuses a strategy the registry does not have, all of them at once.
// What the workers of a proxy share, and what this one remembers, is in the memory: it outlives the document.
func Compile(c *abi.Config, registry Registry, m *Memory) (*Router, error) {
	r := &Router{
		config: c, groups: map[string]*group{}, aliases: map[string]string{}, owners: map[string]*group{}, routers: map[string]*group{},
		memory: m, board: breaker.Board{Store: m.Store}, limits: limit.Board{Store: m.Store, Worker: m.Worker}, sessions: session.Board{Store: m.Store},
	}
	if k := registry[abi.DefaultStrategy]; k != nil {
		r.plain = k.New(k.Fill(nil))
	}
	var errs []error
	for i := range c.Groups {
		errs = append(errs, r.addGroup(&c.Groups[i], "groups["+strconv.Itoa(i)+"]", registry)...)
	}
	slices.SortFunc(r.patterns, func(a, b *group) int { return specificity(b.Name) - specificity(a.Name) })
	for _, a := range c.Aliases {
		r.aliases[a.Name] = a.Group
	}
	if err := errors.Join(errs...); err != nil {
		r.releaseModels()
		return nil, err
	}
	r.hold()
	r.prepare()
	r.findPolled()
	return r, nil
}

// specificity orders patterns: the longest text before the '*' first, then the longest after it.
func specificity(pattern string) int {
	before, after, _ := strings.Cut(pattern, "*")
	return len(before)<<16 + len(after)
}

// Config returns the document the router runs.
func (r *Router) Config() *abi.Config { return r.config }

// Board returns the breakers of the proxy.
func (r *Router) Board() breaker.Board { return r.board }

// Policy returns the breaker policy in force for a deployment.
func (r *Router) Policy(d *abi.Deployment) abi.BreakerPolicy {
	if d.Breaker != nil {
		return *d.Breaker
	}
	return r.config.Breaker
}

// target is what a name stands for.
type target struct {
	*group
	name string          // as asked for
	cut  *float64        // the threshold that the name asks for; nil: it does not
	star string          // what the group's '*' stands for
	only *abi.Deployment // the name is a deployment's id
}

// resolve finds what a name stands for: a group, an alias, a deployment's id, a pattern, in this order.
func (r *Router) resolve(name string) (target, bool) {
	if g := r.groups[name]; g != nil {
		return target{group: g, name: name, star: "*"}, true
	}
	if alias, ok := r.aliases[name]; ok {
		name = alias
		if g := r.groups[name]; g != nil {
			return target{group: g, name: name, star: "*"}, true
		}
	}
	if g := r.owners[name]; g != nil {
		return r.owned(name), true
	}
	if router, cut, ok := routerName(name); ok && cut != nil && r.routers[router] != nil {
		return target{group: r.routers[router], name: name, star: "*", cut: cut}, true
	}
	for _, g := range r.patterns {
		if star, ok := abi.MatchPattern(g.Name, name); ok {
			return target{group: g, name: name, star: star}, true
		}
	}
	return target{}, false
}

// owned returns the target of a deployment's id.
func (r *Router) owned(id string) target {
	return target{group: r.owners[id], name: id, star: "*", only: r.deployment(id)}
}

// deployment returns the deployment of an id; nil: there is none.
func (r *Router) deployment(id string) *abi.Deployment {
	g := r.owners[id]
	if g == nil {
		return nil
	}
	return g.deployments[slices.IndexFunc(g.deployments, func(d *abi.Deployment) bool { return d.ID == id })]
}

// AtFault tells whether an attempt that ended so failed by its deployment's fault, as breakers see it.
func (r *Router) AtFault(d *abi.Deployment, o *abi.Outcome) bool {
	return breaker.EffectOf(&breaker.Attempt{Class: o.Class, RetryAfterMS: o.RetryAfterMS}, r.Policy(d)).Bad()
}

// Names returns the names /v1/models lists: groups and aliases that are not hidden, patterns left out, sorted.
func (r *Router) Names() []string {
	var names []string
	for name := range r.groups {
		if !strings.Contains(name, "*") {
			names = append(names, name)
		}
	}
	for _, a := range r.config.Aliases {
		if !a.Hidden && r.groups[a.Name] == nil {
			names = append(names, a.Name)
		}
	}
	slices.Sort(names)
	return names
}

// Knows tells whether a client may ask for name.
func (r *Router) Knows(name string) bool {
	_, ok := r.resolve(name)
	return ok
}

// Only returns the id of the one deployment that serves api, in the group that name stands for, or in all where name is
// empty; "" when there is none or there are several.
func (r *Router) Only(api abi.API, name string) string {
	groups := r.groups
	if name != "" {
		t, ok := r.resolve(name)
		if !ok {
			return ""
		}
		groups = map[string]*group{t.Name: t.group}
	}
	only := ""
	for _, g := range groups {
		for _, p := range g.deployments {
			if p.Unconfigured != "" || pathOf(p, api) == nil {
				continue
			}
			if only != "" {
				return ""
			}
			only = p.ID
		}
	}
	return only
}

// Shared tells whether a group has several deployments, so that what one of them made must be marked as its own.
func (r *Router) Shared(name string) bool {
	g := r.groups[name]
	return g != nil && len(g.deployments) > 1
}
