package routing

import (
	"math"
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/signal"
)

// option is a deployment that can serve one API, with the attempt it would be. Options are made when a Config is
// compiled: a request of the common kind chooses among them and makes nothing new.
type option struct {
	attempt abi.Attempt    // without the model and path where those need what the group's '*' stands for
	star    bool           // the model has a '*'
	path    string         // of the API, with {model} not filled in
	record  *signal.Record // what was learned of it; nil: its strategy needs nothing
	places  []int          // of its labels among those of the group's model, counted from 1
}

// options are what a group has for one API.
type options struct {
	all        []option
	candidates []abi.Candidate // all of them, as a strategy gets them where none is left out
	without    []abi.LeftOut   // the deployments that can never serve it, and why
	window     int             // the smallest that one of them states: what fits into that fits into all
	lacks      bool            // some state a lack, so that requests differ in which can serve them
	ordered    bool            // not all have the same order
}

// suits tells whether every option is eligible for a request, so that none needs to be asked.
func (o *options) suits(q *abi.Request) bool {
	return q.InputTokens <= o.window && (len(q.Needs) == 0 || !o.lacks) && q.Pinned == "" && q.Region == ""
}

// compileOptions makes the options of a group for one API.
func compileOptions(g *group, api abi.API) options {
	o := options{window: math.MaxInt}
	for _, p := range g.deployments {
		path := pathOf(p, api)
		switch {
		case p.Unconfigured != "":
			o.without = append(o.without, abi.LeftOut{Deployment: p.ID, Reason: abi.ReasonUnconfigured})
			continue
		case path == nil:
			o.without = append(o.without, abi.LeftOut{Deployment: p.ID, Reason: abi.ReasonAPI})
			continue
		}
		one := option{star: strings.Contains(p.Model, "*"), path: path.Path}
		one.attempt = abi.Attempt{Deployment: p, Group: g.Name}
		if !one.star {
			one.attempt.Model, one.attempt.Path = p.Model, FilledPath(path.Path, p.Model)
		}
		switch {
		case g.asking != nil:
			one.places = g.asking.Places(g.asking.labels, p)
		case g.model != nil:
			one.places = g.judge.Places(g.model.manifest.Labels, p)
		}
		o.all, o.candidates = append(o.all, one), append(o.candidates, abi.Candidate{Deployment: p})
		if p.MaxInputTokens > 0 {
			o.window = min(o.window, p.MaxInputTokens)
		}
		o.lacks = o.lacks || len(p.Lacks) > 0
		o.ordered = o.ordered || p.Order != o.all[0].attempt.Deployment.Order
	}
	return o
}

// made returns the attempt for a request whose name gave the group's '*' the text star.
func (o *option) made(star string, probe bool) abi.Attempt {
	a := o.attempt
	a.Probe = probe
	if o.star {
		// The client's "openai/gpt-4o" reaches openai as "gpt-4o": a provider does not know its own prefix.
		a.Model = strings.Replace(a.Deployment.Model, "*", strings.TrimPrefix(star, a.Deployment.Provider+"/"), 1)
		a.Path = FilledPath(o.path, a.Model)
	}
	return a
}

// FilledPath is an API's path with the model in it.
func FilledPath(path, model string) string { return strings.Replace(path, "{model}", escape(model), 1) }

// ineligible tells why a deployment that speaks the API cannot serve this request; "" when it can. What a deployment
// does not state it is assumed to be able to: only a stated lack or size excludes, or the requests of people who
// migrate would fail.
func ineligible(q *abi.Request, p *abi.Deployment) abi.Reason {
	switch {
	case q.Pinned != "" && q.Pinned != p.ID:
		return abi.ReasonPinned
	case p.MaxInputTokens > 0 && q.InputTokens > p.MaxInputTokens:
		return abi.ReasonContext
	}
	for _, need := range q.Needs {
		if slices.Contains(p.Lacks, need) {
			return abi.ReasonCapability
		}
	}
	if q.Region != "" && p.Region != q.Region && !strings.HasPrefix(p.Region, q.Region+"-") {
		return abi.ReasonRegion // "eu" is also eu-west-1
	}
	return ""
}

func pathOf(p *abi.Deployment, api abi.API) *abi.APIPath {
	for i := range p.Paths {
		if p.Paths[i].API == api {
			return &p.Paths[i]
		}
	}
	return nil
}

// escape percent-encodes s as one segment of a path (RFC 3986 §3.3); net/url would bring much else into the module.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~:@$&+=", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}
