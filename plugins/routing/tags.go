package routing

import (
	"slices"

	"github.com/routeiq/routeiq/abi"
)

// wanted is which tags deployments must have for a request.
type wanted struct {
	any  bool // whatever they have
	all  bool // every one of tags, else one of them
	tags []string
}

// tagsFor finds what holds for a request among the options of a group. The rules are LiteLLM's.
func (r *Router) tagsFor(q *abi.Request, o *options) wanted {
	if !r.config.Tags.Enabled {
		return wanted{any: true}
	}
	has := func(w wanted) bool {
		return slices.ContainsFunc(o.all, func(one option) bool { return w.fits(one.attempt.Deployment) })
	}
	asked := wanted{all: r.config.Tags.All, tags: q.Tags}
	if len(q.Tags) > 0 && has(asked) {
		return asked
	}
	standard := wanted{tags: []string{abi.DefaultTag}}
	if len(q.Tags) == 0 && !has(standard) {
		return wanted{any: true}
	}
	return standard
}

func (w *wanted) fits(p *abi.Deployment) bool {
	switch {
	case w.any:
		return true
	case w.all:
		return !slices.ContainsFunc(w.tags, func(tag string) bool { return !slices.Contains(p.Tags, tag) })
	}
	return slices.ContainsFunc(w.tags, func(tag string) bool { return slices.Contains(p.Tags, tag) })
}
