package diff

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Result is what changes. The lists are never nil, and sorted: deployments by id, paths by their text.
type Result struct {
	Added    []Entry  `json:"added"`
	Removed  []Entry  `json:"removed"`
	Changed  []Change `json:"changed"`
	Settings []Path   `json:"settings"` // beside deployments: groups, aliases, client keys and all else
}

// Change is a deployment that stays and is not what it was. The Entry is the new one.
type Change struct {
	Entry
	Paths []Path `json:"paths"`
}

// Path is one value that changes. Old and New are as they may be shown; one that is missing was not there, and of a secret both
// are missing and Note says what happened.
type Path struct {
	Path string `json:"path"`
	Old  any    `json:"old,omitempty"`
	New  any    `json:"new,omitempty"`
	Note string `json:"note,omitempty"`
}

// Empty tells whether nothing changes.
func (r *Result) Empty() bool {
	return len(r.Added)+len(r.Removed)+len(r.Changed)+len(r.Settings) == 0
}

// Between says what changes from one document to the other.
func Between(before, after *Document) *Result {
	r := &Result{Added: []Entry{}, Removed: []Entry{}, Changed: []Change{}, Settings: []Path{}}
	for _, id := range slices.Sorted(maps.Keys(before.entries)) {
		if after.entries[id] == nil {
			r.Removed = append(r.Removed, before.entries[id].Entry)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(after.entries)) {
		was, is := before.entries[id], after.entries[id]
		switch {
		case was == nil:
			r.Added = append(r.Added, is.Entry)
		case !reflect.DeepEqual(was.value, is.value):
			if paths := between(was.parts(), is.parts(), is.show); len(paths) > 0 {
				r.Changed = append(r.Changed, Change{is.Entry, paths})
			}
		}
	}
	r.Settings = settings(before.settings, after.settings)
	return r
}

// settings compares what is not of a deployment. A group or an alias that both have is looked into.
func settings(before, after map[string]any) []Path {
	was, is := maps.Clone(before), maps.Clone(after)
	for path, value := range before {
		if other, both := after[path]; both && strings.HasSuffix(path, "]") {
			delete(was, path)
			delete(is, path)
			flatten(was, path, value)
			flatten(is, path, other)
		}
	}
	return between(was, is, showSetting)
}

// between lists the paths whose values differ.
func between(was, is map[string]any, show func(string, any) shown) []Path {
	paths := []Path{}
	all := maps.Clone(was)
	maps.Copy(all, is)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		old, had := was[path]
		now, has := is[path]
		if had == has && reflect.DeepEqual(old, now) {
			continue
		}
		p := Path{Path: path}
		var a, b shown
		if had {
			a = show(path, old)
		}
		if has {
			b = show(path, now)
		}
		switch noun := cmp.Or(a.secret, b.secret); {
		case noun == "":
			p.Old, p.New = a.value, b.value
		case !had:
			p.Note = noun + " added"
		case !has:
			p.Note = noun + " removed"
		default:
			p.Note = noun + " changed"
		}
		paths = append(paths, p)
	}
	return paths
}

// Untouched returns the deployments that are the same in both, and whose group is, where no setting changes that is of more
// than one group: whatever happens to them, it is not for the change.
func Untouched(before, after *Document) map[string]bool {
	out := map[string]bool{}
	changed := map[string]bool{}
	for _, p := range settings(before.settings, after.settings) {
		group, ok := strings.CutPrefix(p.Path, "groups[")
		name, _, found := cutLast(group, "]")
		if !ok || !found {
			return out // what is not of one group may be of all
		}
		changed[name] = true
	}
	for id := range Same(before, after) {
		if !changed[after.entries[id].ModelName] {
			out[id] = true
		}
	}
	return out
}

// Same returns the deployments that are the same in both.
func Same(before, after *Document) map[string]bool {
	out := map[string]bool{}
	for id, is := range after.entries {
		if was := before.entries[id]; was != nil && reflect.DeepEqual(was.value, is.value) {
			out[id] = true
		}
	}
	return out
}

// cutLast is strings.Cut at the last separator.
func cutLast(text, separator string) (before, after string, found bool) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(separator):], true
}
