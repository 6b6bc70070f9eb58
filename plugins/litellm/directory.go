package litellm

import "github.com/routeiq/routeiq/abi"

// directory knows every name that is served, for the keys that name groups.
type directory struct {
	*compiler
	groups  []abi.ModelGroup
	aliases []abi.Alias
	names   []string        // of both
	known   map[string]bool // the groups'
}

func (c *compiler) directory(groups []abi.ModelGroup, aliases []abi.Alias) *directory {
	d := &directory{compiler: c, groups: groups, aliases: aliases, names: namesOf(groups), known: map[string]bool{}}
	for _, name := range d.names {
		d.known[name] = true
	}
	for _, a := range aliases {
		d.names = append(d.names, a.Name)
	}
	return d
}

// group returns the group that a member of the block key is about. An alias stands for its group. A name that no group
// has is refused, unless there is no group at all, of which enough is said elsewhere.
func (d *directory) group(m member, key string) (string, bool) {
	switch group := d.groupOf(m.name); {
	case d.has(group):
		return group, true
	case len(d.groups) == 0:
	case d.serves(m.name):
		d.warnAt(m.value, quote(m.name)+" is served by a pattern alone: not applied; write the pattern as the key of "+key)
	default:
		d.refuseAt(m.value, "names no group: "+quote(m.name)+hint(m.name, d.names))
	}
	return "", false
}

func (d *directory) has(name string) bool { return d.known[name] }

func (d *directory) serves(name string) bool { return serves(d.groups, d.aliases, name) }

// groupOf follows an alias; other names stay.
func (d *directory) groupOf(name string) string {
	if d.has(name) {
		return name
	}
	for _, a := range d.aliases {
		if a.Name == name {
			return a.Group
		}
	}
	return name
}
