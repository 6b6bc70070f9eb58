package source

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Bounds of one layer, as the compiler has them: a document whose aliases multiply must not take the process with it.
const (
	maxNodes = 500_000
	maxDepth = 64
)

const (
	include   = "include"
	modelList = "model_list"
)

// flatten reads a document and what it includes into one tree, by the rule of the configuration's compiler: files in the
// order they are named, lists put one behind another, blocks merged key by key, the included file's value holding.
func flatten(d Document) (*yaml.Node, error) {
	const main = "" // no include has this name
	root, err := tree(d.Body)
	if err != nil {
		return nil, err
	}
	type visit struct{ file, by string }
	var queue []visit
	seen := map[string]bool{}
	add := func(n *yaml.Node, from string) error {
		list := value(n, include)
		if list == nil || list.Tag == "!!null" {
			return nil
		}
		if list.Kind != yaml.SequenceNode {
			return fmt.Errorf("line %d: include is no list, expected the names of files", list.Line)
		}
		for _, item := range list.Content {
			file := item.Value
			if item.Kind != yaml.ScalarNode || file == "" {
				return fmt.Errorf("line %d: an include is no name of a file", item.Line)
			}
			if !path.IsAbs(file) {
				file = path.Join(path.Dir(from), file)
			}
			queue = append(queue, visit{path.Clean(file), from})
		}
		return nil
	}
	if err := add(root, main); err != nil {
		return nil, err
	}
	for len(queue) > 0 {
		v := queue[0]
		queue = queue[1:]
		if seen[v.file] {
			continue
		}
		seen[v.file] = true
		text, ok := d.Files[v.file]
		if !ok {
			return nil, fmt.Errorf("it includes %s, which did not come with it: only files can include; make it a layer of its own", v.file)
		}
		n, err := tree(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", v.file, err)
		}
		if err := add(n, v.file); err != nil {
			return nil, fmt.Errorf("%s: %w", v.file, err)
		}
		rebase(n, path.Dir(v.file))
		join(root, n, 0)
	}
	remove(root, include)
	return root, nil
}

// rebase names the artifacts of an included file as seen from the document's folder, in whose text they stand from now on.
func rebase(n *yaml.Node, folder string) {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == artifactKey && c.Kind == yaml.ScalarNode {
			if name := c.Value; name != "" && !path.IsAbs(name) && !scheme.MatchString(name) {
				c.Value = path.Join(folder, name)
			}
			continue
		}
		rebase(c, folder)
	}
}

// join adds an included file's values to base.
func join(base, n *yaml.Node, depth int) {
	each(n, func(key, v *yaml.Node) {
		if key.Value == include && depth == 0 {
			return
		}
		b := value(base, key.Value)
		switch {
		case b == nil:
			base.Content = append(base.Content, key, v)
		case b.Tag == "!!null":
			*b = *v
		case v.Tag == "!!null":
		case b.Kind == yaml.SequenceNode && v.Kind == yaml.SequenceNode:
			b.Content = append(b.Content, v.Content...)
		case b.Kind == yaml.MappingNode && v.Kind == yaml.MappingNode && depth == 0:
			join(b, v, depth+1)
		default:
			*b = *v
		}
	})
}

// lay puts a later layer over base: the rule of Layered.
func lay(base, over *yaml.Node, depth int) {
	each(over, func(key, v *yaml.Node) {
		b := value(base, key.Value)
		switch {
		case v.Tag == "!!null":
			remove(base, key.Value)
		case b == nil:
			base.Content = append(base.Content, key, v)
		case b.Kind == yaml.MappingNode && v.Kind == yaml.MappingNode:
			lay(b, v, depth+1)
		case depth == 0 && key.Value == modelList && b.Kind == yaml.SequenceNode && v.Kind == yaml.SequenceNode:
			entries(b, v)
		default:
			*b = *v
		}
	})
}

// entries lays a model_list over another.
func entries(base, over *yaml.Node) {
	places := map[string]int{}
	for i, e := range base.Content {
		if id := identity(e); id != "" {
			if _, twice := places[id]; !twice {
				places[id] = i
			}
		}
	}
	for _, e := range over.Content {
		id := identity(e)
		if i, ok := places[id]; ok && id != "" {
			base.Content[i] = e
			delete(places, id) // a second one of this layer does not hide the first: the compiler refuses the two
			continue
		}
		base.Content = append(base.Content, e)
	}
}

// identity returns an entry's model_info.id, or nothing.
func identity(entry *yaml.Node) string {
	if id := value(value(entry, "model_info"), "id"); id != nil && id.Kind == yaml.ScalarNode && id.Tag != "!!null" {
		return id.Value
	}
	return ""
}

// each calls do for the keys of a mapping, in their order.
func each(n *yaml.Node, do func(key, value *yaml.Node)) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		do(n.Content[i], n.Content[i+1])
	}
}

// value returns a mapping's value, or nil: where there is no such key, or no mapping.
func value(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func remove(n *yaml.Node, key string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content = append(n.Content[:i:i], n.Content[i+2:]...)
			return
		}
	}
}

var line = regexp.MustCompile(`line \d+`)

// tree reads one file as a tree of its own: without aliases, merges, anchors and comments, so that trees can be put together.
func tree(text []byte) (*yaml.Node, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		// The parser's own words may quote a value, which may be a key.
		return nil, fmt.Errorf("%s is no YAML: `routeiq-agent validate` says why", strings.TrimSpace(line.FindString(err.Error())+" of it"))
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("it holds no mapping, expected keys such as model_list")
	}
	c := copier{}
	return c.copy(document.Content[0], 0)
}

// copier copies trees, counting.
type copier struct{ nodes int }

func (c *copier) copy(n *yaml.Node, depth int) (*yaml.Node, error) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if c.nodes++; c.nodes > maxNodes || depth > maxDepth {
		return nil, fmt.Errorf("line %d: is too large: more than %d values, or more than %d levels; does an alias hold itself?", n.Line, maxNodes, maxDepth)
	}
	own := &yaml.Node{Kind: n.Kind, Style: n.Style, Tag: n.Tag, Value: n.Value, Line: n.Line, Column: n.Column}
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		own.Tag, own.Value, own.Style = "!!null", "null", 0 // one of no letters would be written as an empty text inside braces
	}
	if own.Kind == yaml.ScalarNode && own.ShortTag() == "!!null" {
		own.Value, own.Style, own.Tag = "null", 0, "!!null" // one that is not written out would be written as an empty text
	}
	if n.Kind != yaml.MappingNode {
		for _, item := range n.Content {
			child, err := c.copy(item, depth+1)
			if err != nil {
				return nil, err
			}
			own.Content = append(own.Content, child)
		}
		return own, nil
	}
	var merged []*yaml.Node
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, err := c.copy(n.Content[i], depth+1)
		if err != nil {
			return nil, err
		}
		v, err := c.copy(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		if key.ShortTag() == "!!merge" {
			if v.Kind == yaml.SequenceNode {
				merged = append(merged, v.Content...)
			} else {
				merged = append(merged, v)
			}
			continue
		}
		if key.Kind != yaml.ScalarNode || key.ShortTag() == "!!null" {
			return nil, fmt.Errorf("line %d: has a key that is no text", key.Line)
		}
		if first, twice := lines[key.Value]; twice {
			return nil, fmt.Errorf("line %d: the key %q stands twice, in line %d too", key.Line, key.Value, first)
		}
		lines[key.Value] = key.Line
		own.Content = append(own.Content, key, v)
	}
	for _, m := range merged { // what is written out wins, then the first
		if m.Kind != yaml.MappingNode {
			return nil, fmt.Errorf("line %d: '<<' merges no mapping", m.Line)
		}
		each(m, func(key, v *yaml.Node) {
			if _, there := lines[key.Value]; !there {
				lines[key.Value] = key.Line
				own.Content = append(own.Content, key, v)
			}
		})
	}
	return own, nil
}
