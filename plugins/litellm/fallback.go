package litellm

import (
	"slices"

	"github.com/routeiq/routeiq/abi"
)

// fallbacks reads which groups are tried when a group fails, and writes them into the groups: for any failure, for an
// input that is too long, and for one that a content policy refuses. A group has its own list, else that of "*", else, for
// any failure, default_fallbacks; never itself.
func (c *compiler) fallbacks(root *node, dir *directory) {
	router, module := root.get("router_settings"), root.get("litellm_settings")
	all := dir.targets(module.get("default_fallbacks"))
	if n := router.get("default_fallbacks"); n != nil {
		all = dir.targets(n)
	}
	lengths := dir.lists(router, module, "context_window_fallbacks")
	for group, list := range dir.pairs(module.get("context_window_fallback_dict")) {
		if _, ok := lengths[group]; !ok {
			lengths[group] = list
		}
	}
	for _, k := range []struct {
		rules     map[string][]string
		otherwise []string
		to        func(*abi.ModelGroup) *[]string
	}{
		{dir.lists(router, module, "fallbacks"), all, func(g *abi.ModelGroup) *[]string { return &g.Fallbacks }},
		{lengths, nil, func(g *abi.ModelGroup) *[]string { return &g.ContextFallbacks }},
		{dir.lists(router, module, "content_policy_fallbacks"), nil, func(g *abi.ModelGroup) *[]string { return &g.ContentFallbacks }},
	} {
		if star, ok := k.rules["*"]; ok && !dir.has("*") {
			k.otherwise = star
		}
		for i := range dir.groups {
			g := &dir.groups[i]
			list, ok := k.rules[g.Name]
			if !ok {
				list = k.otherwise
			}
			to := k.to(g)
			for _, name := range list {
				if name != g.Name && dir.groupOf(name) != g.Name && !slices.Contains(*to, name) {
					*to = append(*to, name)
				}
			}
		}
	}
}

// lists reads a key of fallbacks; that of router_settings wins as a whole.
func (d *directory) lists(router, module *node, key string) map[string][]string {
	second := d.rules(module.get(key), key)
	if own := d.rules(router.get(key), key); router.get(key) != nil {
		return own
	}
	return second
}

// rules reads [{group: [name, …]}, …] into names by group.
func (d *directory) rules(n *node, key string) map[string][]string {
	rules := map[string][]string{}
	for _, item := range d.list(n) {
		if item.kind != isMap {
			d.refuseAt(item, "is "+string(item.kind)+", expected a mapping from a group to a list of groups")
			continue
		}
		for _, m := range item.keys {
			targets := d.targets(m.value)
			if m.name == "*" {
				rules["*"] = append(rules["*"], targets...)
			} else if group, ok := d.group(m, key); ok {
				rules[group] = append(rules[group], targets...)
			}
		}
	}
	return rules
}

// pairs reads LiteLLM's context_window_fallback_dict, {model: model}. Its models need not be groups, and LiteLLM knows
// nothing of groups there: what is none is warned of.
func (d *directory) pairs(n *node) map[string][]string {
	rules := map[string][]string{}
	if n = d.mapping(n); n == nil {
		return rules
	}
	for _, m := range n.keys {
		if m.value.kind == isNull {
			continue
		}
		name, ok := d.text(m.value)
		group := d.groupOf(m.name)
		switch {
		case !ok || len(d.groups) == 0:
		case !d.has(group):
			d.warnAt(m.value, "not applied: "+quote(m.name)+" names no group"+hint(m.name, d.names))
		case !d.serves(name):
			d.warnAt(m.value, "not applied: it names no group: "+quote(name)+hint(name, d.names))
		default:
			rules[group] = append(rules[group], name)
		}
	}
	return rules
}

// targets reads a list of names that must be served.
func (d *directory) targets(n *node) []string {
	if n == nil || n.kind == isNull {
		return nil
	}
	items := []*node{n}
	if n.kind != isScalar { // one name alone is a list of one
		items = d.list(n)
	}
	var names []string
	for _, item := range items {
		if item.kind == isMap {
			model := item.get("model")
			if model == nil {
				d.refuseAt(item, "has no model, expected the name of a group")
				continue
			}
			d.warnAt(item, "not applied yet: a fallback with parameters of its own; its model alone is used")
			item = model
		}
		name, ok := d.text(item)
		switch {
		case !ok:
		case len(d.groups) > 0 && !d.serves(name):
			d.refuseAt(item, "names no group: "+quote(name)+hint(name, d.names))
		default:
			names = append(names, name)
		}
	}
	return names
}
