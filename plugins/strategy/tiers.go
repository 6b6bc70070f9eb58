package strategy

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/provider/nearest"
	"github.com/routeiq/routeiq/plugins/routing"
)

// Tiers is "routing-profile": it sends easy requests to simple models and hard ones to strong models, without a model of its
// own. It is what the replaced system's centroid router does beside its embeddings. The profile says which:
//
//   - auto: a request that looks like a step of an agent's work (agentic 0.35 or more), or that asks for reasoning, goes to complex
//     models, others to simple ones.
//   - eco: simple models, and of those the one at which the request will cost least.
//   - free: deployments whose price is known to be nothing; where there is none, as eco.
//   - premium, reasoning: complex models.
//
// A request's own profile (metadata.routing_profile) goes before the argument's. A deployment's tier is the one that
// tier_mapping names it in, else what the words of its model's name say (see tierOf), else neither. Where the tier has no
// candidate, those are taken whose name says nothing, and then the other tier. Where the input is nine tenths or more of the
// window (128,000 tokens where none is stated) of all in the tier, the other tier is tried, once; where it is that of some,
// these are left out. In the tier, simple-shuffle chooses.
//
// When to use it: a name that stands for cheap and for strong models, when nothing was trained.
//
// Where it differs: the original found its words and the names of tier_mapping anywhere in a name, so that all of gemini was
// "mini"; it took the first of a tier; a profile of one request could change that of another; and free was eco.
type Tiers struct {
	known           map[*abi.Deployment]tier
	Profile         string
	Simple, Complex []string // names of deployments
}

// The profiles.
const (
	profileAuto      = "auto"
	profileEco       = "eco"
	profilePremium   = "premium"
	profileFree      = "free"
	profileReasoning = "reasoning"
)

var profiles = []string{profileAuto, profileEco, profilePremium, profileFree, profileReasoning}

const (
	hardFrom    = 0.35    // of Request.Agentic
	windowGuess = 128_000 // of a deployment that states none
	windowPart  = 0.9     // that an input may fill
)

var tierParams = []routing.Param{
	text("profile", "for requests that state none", profiles...),
	rows("tier_mapping", "the deployments of the tiers simple and complex; others by the words of their model's name"),
}

var _ = register(&routing.Kind{
	Name: "routing-profile", Params: tierParams,
	Rules:   tierRules,
	Example: abi.Args{{Name: "tier_mapping", Rows: []abi.Row{{Key: "complex", Values: []string{"gemini-pro", "openai/gpt-4o", "c"}}}}},
	New:     func(a abi.Args) routing.Strategy { return tiersOf(a) },
})

func tiersOf(a abi.Args) *Tiers {
	s := &Tiers{Profile: a.Text("profile")}
	for _, row := range a.Rows("tier_mapping") {
		if row.Key == tierWords[0] {
			s.Simple = row.Values
		} else {
			s.Complex = row.Values
		}
	}
	return s
}

func tierRules(a abi.Args) (errs []error) {
	add := func(message string) { errs = append(errs, errors.New("tier_mapping: "+message)) }
	mapping := a.Rows("tier_mapping")
	for i, row := range mapping {
		switch {
		case !slices.Contains(tierWords, row.Key):
			message := strconv.Quote(row.Key) + " is no tier, expected one of " + strings.Join(tierWords, ", ")
			if near := nearest.Of(row.Key, tierWords); near != "" {
				message = strconv.Quote(row.Key) + " is no tier, did you mean " + near + "?"
			}
			add(message)
		case len(row.Values) == 0:
			add(row.Key + " names no deployment")
		case abi.RowOf(mapping[:i], row.Key) != nil:
			add(row.Key + " stands twice")
		}
		for _, name := range row.Values {
			if slices.ContainsFunc(mapping[:i], func(other abi.Row) bool { return slices.Contains(other.Values, name) }) {
				add(strconv.Quote(name) + " stands in both tiers")
			}
		}
	}
	return errs
}

// Needs implements routing.Informed.
func (*Tiers) Needs() abi.SignalSet { return abi.SignalOutput }

// Pick implements routing.Strategy.
func (s *Tiers) Pick(r *abi.Request, candidates []abi.Candidate) int {
	return s.pick(r, candidates, false)
}

// pick chooses; complex: something else says that the request is for complex models, where the profile leaves it open.
func (s *Tiers) pick(r *abi.Request, candidates []abi.Candidate, complex bool) int {
	profile := s.Profile
	if slices.Contains(profiles, r.Profile) {
		profile = r.Profile
	}
	var room [64]tier // so that only large groups allocate
	tiers := room[:]
	if len(candidates) > len(room) {
		tiers = make([]tier, len(candidates))
	}
	onlyFree := false
	for i := range candidates {
		tiers[i] = s.tier(candidates[i].Deployment)
		onlyFree = onlyFree || profile == profileFree && costsNothing(candidates[i].Deployment)
	}
	allowed := func(i int) bool { return !onlyFree || costsNothing(candidates[i].Deployment) }
	want := simpleTier
	if isHard(profile, r) || complex && profile == profileAuto {
		want = complexTier
	}
	in, fits := chooseTier(r, candidates, tiers, allowed, want)
	chosen := func(i int) bool {
		return tiers[i] == in && allowed(i) && (!fits || hasRoom(r, candidates[i].Deployment))
	}
	if profile == profileEco || profile == profileFree {
		return lowestAmong(r, len(candidates), chosen, func(i int) float64 {
			usd, _ := expected(r, &candidates[i])
			return usd
		})
	}
	return shuffleAmong(r, candidates, chosen)
}

// tier is tierFrom, remembered: it reads a name, and a group's deployments are the same for every request.
func (s *Tiers) tier(d *abi.Deployment) tier {
	t, known := s.known[d]
	if !known {
		if s.known == nil {
			s.known = map[*abi.Deployment]tier{}
		}
		t = tierFrom(s.Simple, s.Complex, d)
		s.known[d] = t
	}
	return t
}

// isHard tells whether a request is for complex models.
func isHard(profile string, r *abi.Request) bool {
	switch profile {
	case profileEco, profileFree:
		return false
	case profilePremium, profileReasoning:
		return true
	}
	return r.Agentic >= hardFrom || r.Reasoning
}

// chooseTier finds the tier for a request, and whether its input fits into the window of any candidate there.
func chooseTier(r *abi.Request, candidates []abi.Candidate, tiers []tier, allowed func(i int) bool, want tier) (in tier, fits bool) {
	var has, roomy [3]bool // by tier
	for i := range candidates {
		if allowed(i) {
			has[tiers[i]] = true
			roomy[tiers[i]] = roomy[tiers[i]] || hasRoom(r, candidates[i].Deployment)
		}
	}
	first := func(order ...tier) tier {
		for _, one := range order {
			if has[one] {
				return one
			}
		}
		return otherTier
	}
	opposite := simpleTier + complexTier - want
	in = first(want, otherTier, opposite)
	if !roomy[in] {
		if other := first(opposite, otherTier, want); roomy[other] {
			in = other
		}
	}
	return in, roomy[in]
}

// costsNothing tells whether a deployment is known to cost nothing.
func costsNothing(d *abi.Deployment) bool { return d.Price != nil && *d.Price == abi.Price{} }

// hasRoom tells whether a request leaves some of a deployment's window.
func hasRoom(r *abi.Request, d *abi.Deployment) bool {
	window := d.MaxInputTokens
	if window == 0 {
		window = windowGuess
	}
	return float64(r.InputTokens) < windowPart*float64(window)
}

// Detects implements routing.Detecting.
func (Tiers) Detects() {}
