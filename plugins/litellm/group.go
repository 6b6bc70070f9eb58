package litellm

import (
	"slices"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/provider/nearest"
)

// groups collects the deployments of one model_name, in the order of their first appearance.
func (c *compiler) groups(entries []*entry, s settings) []abi.ModelGroup {
	var groups []abi.ModelGroup
	for _, e := range entries {
		i := slices.IndexFunc(groups, func(g abi.ModelGroup) bool { return g.Name == e.group })
		if i < 0 {
			i = len(groups)
			groups = append(groups, abi.ModelGroup{Name: e.group, Strategy: s.strategy})
		}
		groups[i].Deployments = append(groups[i].Deployments, e.d)
	}
	return groups
}

// byGroup returns the entries of every group, in the order of its deployments.
func byGroup(entries []*entry) map[string][]*entry {
	groups := map[string][]*entry{}
	for _, e := range entries {
		groups[e.group] = append(groups[e.group], e)
	}
	return groups
}

// aliases reads model_group_alias: other names for groups. An alias of an alias is followed here, so that the module
// looks up once. Where a group has the alias's name the group wins, as in LiteLLM.
func (c *compiler) aliases(root *node, groups []abi.ModelGroup) []abi.Alias {
	block := c.mapping(root.get("router_settings").get("model_group_alias"))
	if block == nil {
		return nil
	}
	names := namesOf(groups)
	target := map[string]string{}
	var aliases []abi.Alias
	var at []*node
	for _, m := range block.keys {
		a, ok := c.alias(m)
		if !ok {
			continue
		}
		if slices.Contains(names, a.Name) {
			c.warnAt(m.value, quote(a.Name)+" is also the model_name of a deployment, which wins: the alias is not applied")
			continue
		}
		target[a.Name] = a.Group
		aliases, at = append(aliases, a), append(at, m.value)
	}
	for i := range aliases {
		a := &aliases[i]
		for range len(aliases) {
			if next, ok := target[a.Group]; ok {
				a.Group = next
			}
		}
		if !serves(groups, nil, a.Group) && len(groups) > 0 {
			c.refuseAt(at[i], "names no group: "+quote(target[a.Name])+hint(target[a.Name], names))
		}
	}
	return aliases
}

// alias reads one: the name of a group, or a mapping with model and hidden.
func (c *compiler) alias(m member) (a abi.Alias, ok bool) {
	a.Name = m.name
	if why := badName(a.Name); why != "" {
		c.refuseAt(m.value, "the alias "+quote(a.Name)+why)
		return a, false
	}
	n := m.value
	if n.kind == isMap {
		for _, k := range n.keys {
			if k.name != "model" && k.name != "hidden" {
				c.noteAt(k.value, "model_group_alias."+k.name, "unknown key, not applied: an alias has model and hidden")
			}
		}
		a.Hidden, _ = c.boolean(n.get("hidden"))
		if n = n.get("model"); n == nil {
			c.refuseAt(m.value, "has no model, expected the name of a group")
			return a, false
		}
	}
	if n.kind == isNull {
		c.refuseAt(n, "is empty, expected the name of a group")
		return a, false
	}
	a.Group, ok = c.text(n)
	return a, ok
}

// serves tells whether a client that asks for name reaches a group.
func serves(groups []abi.ModelGroup, aliases []abi.Alias, name string) bool {
	return (&abi.Config{Groups: groups, Aliases: aliases}).Serves(name)
}

func namesOf(groups []abi.ModelGroup) []string {
	names := make([]string, len(groups))
	for i := range groups {
		names[i] = groups[i].Name
	}
	return names
}

// hint proposes the nearest name.
func hint(name string, known []string) string {
	if near := nearest.Of(name, known); near != "" {
		return ", did you mean " + quote(near) + "?"
	}
	const most = 8
	if len(known) > most {
		return ", expected one of " + quoteAll(known[:most]) + " and " + count(len(known)-most) + " more"
	}
	return ", expected one of " + quoteAll(known)
}
