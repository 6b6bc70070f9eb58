package litellm

import (
	"slices"

	"github.com/routeiq/routeiq/abi"
)

// fallbacks reads which groups are tried when a group fails, and writes them into the groups. A group has its own list,
// else that of "*", else default_fallbacks; never itself.
func (c *compiler) fallbacks(root *node, groups []abi.ModelGroup, aliases []abi.Alias) {
	router, module := root.get("router_settings"), root.get("litellm_settings")
	f := fallbackReader{compiler: c, groups: groups, aliases: aliases, names: namesOf(groups)}
	for _, a := range aliases {
		f.names = append(f.names, a.Name)
	}
	for _, key := range []string{"context_window_fallbacks", "content_policy_fallbacks"} {
		for _, from := range []*node{router, module} {
			f.rules(from.get(key), key) // not built, and checked all the same
		}
	}
	second := f.rules(module.get("fallbacks"), "fallbacks")
	own := f.rules(router.get("fallbacks"), "fallbacks")
	if router.get("fallbacks") == nil {
		own = second
	}
	all := f.targets(module.get("default_fallbacks"))
	if n := router.get("default_fallbacks"); n != nil {
		all = f.targets(n)
	}
	if star, ok := own["*"]; ok && !slices.Contains(namesOf(groups), "*") {
		all = star
	}
	for i := range groups {
		g := &groups[i]
		list, ok := own[g.Name]
		if !ok {
			list = all
		}
		for _, name := range list {
			if name != g.Name && f.groupOf(name) != g.Name && !slices.Contains(g.Fallbacks, name) {
				g.Fallbacks = append(g.Fallbacks, name)
			}
		}
	}
}

// fallbackReader reads lists of fallbacks against the names there are.
type fallbackReader struct {
	*compiler
	groups  []abi.ModelGroup
	aliases []abi.Alias
	names   []string
}

// rules reads [{group: [name, …]}, …] into names by group. An alias as the key stands for its group.
func (f *fallbackReader) rules(n *node, key string) map[string][]string {
	rules := map[string][]string{}
	for _, item := range f.list(n) {
		if item.kind != isMap {
			f.refuseAt(item, "is "+string(item.kind)+", expected a mapping from a group to a list of groups")
			continue
		}
		for _, m := range item.keys {
			targets := f.targets(m.value)
			switch group := f.groupOf(m.name); {
			case m.name == "*", slices.ContainsFunc(f.groups, func(g abi.ModelGroup) bool { return g.Name == m.name }):
				rules[m.name] = append(rules[m.name], targets...)
			case len(f.groups) == 0:
			case group != "" && slices.ContainsFunc(f.groups, func(g abi.ModelGroup) bool { return g.Name == group }):
				rules[group] = append(rules[group], targets...)
			case serves(f.groups, f.aliases, m.name):
				f.warnAt(m.value, quote(m.name)+" is served by a pattern alone: not applied; write the pattern as the key of "+key)
			default:
				f.refuseAt(m.value, "names no group: "+quote(m.name)+hint(m.name, f.names))
			}
		}
	}
	return rules
}

// targets reads a list of names that must be served.
func (f *fallbackReader) targets(n *node) []string {
	if n == nil || n.kind == isNull {
		return nil
	}
	items := []*node{n}
	if n.kind != isScalar { // one name alone is a list of one
		items = f.list(n)
	}
	var names []string
	for _, item := range items {
		if item.kind == isMap {
			model := item.get("model")
			if model == nil {
				f.refuseAt(item, "has no model, expected the name of a group")
				continue
			}
			f.warnAt(item, "not applied yet: a fallback with parameters of its own; its model alone is used")
			item = model
		}
		name, ok := f.text(item)
		switch {
		case !ok:
		case len(f.groups) > 0 && !serves(f.groups, f.aliases, name):
			f.refuseAt(item, "names no group: "+quote(name)+hint(name, f.names))
		default:
			names = append(names, name)
		}
	}
	return names
}

// groupOf follows an alias; other names stay.
func (f *fallbackReader) groupOf(name string) string {
	for _, a := range f.aliases {
		if a.Name == name && !slices.ContainsFunc(f.groups, func(g abi.ModelGroup) bool { return g.Name == name }) {
			return a.Group
		}
	}
	return name
}
