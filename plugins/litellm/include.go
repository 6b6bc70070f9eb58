package litellm

import (
	"path"
	"slices"
	"strings"
)

// load reads the main file and what it includes, and merges them as LiteLLM does: lists are put one behind another, and
// a key that stands in two files has the included file's value. Unlike LiteLLM, which lets an included block replace a
// block whole, blocks are merged key by key; where a value is lost by that, a warning says so.
func (c *compiler) load(file string) *node {
	root := c.open(file, nil)
	if root == nil {
		return nil
	}
	seen := map[string]bool{path.Clean(file): true}
	type visit struct {
		file  string
		by    *node
		chain []string // the files that led here
	}
	var queue []visit
	add := func(n *node, from string, chain []string) {
		for _, item := range c.includes(n) {
			queue = append(queue, visit{path.Clean(beside(from, item.text)), item, chain})
		}
	}
	add(root, file, []string{path.Clean(file)})
	for len(queue) > 0 {
		v := queue[0]
		queue = queue[1:]
		if slices.Contains(v.chain, v.file) {
			c.refuseAt(v.by, "includes "+v.file+", which led here: "+strings.Join(append(v.chain, v.file), " → "))
			continue
		}
		if seen[v.file] {
			continue // two files may include one
		}
		seen[v.file] = true
		included := c.open(v.file, v.by)
		if included == nil {
			continue
		}
		add(included, v.file, append(slices.Clone(v.chain), v.file))
		c.mergeInto(root, included, 0)
	}
	return root
}

// open reads one file; by is the value that names it.
func (c *compiler) open(file string, by *node) *node {
	text, err := c.src.Read(file)
	if err != nil {
		if by != nil {
			c.refuseAt(by, "cannot be read: "+err.Error())
		} else {
			c.refuse(Problem{File: file, Message: "cannot be read: " + err.Error()})
		}
		return nil
	}
	return c.read(file, text)
}

// includes returns the file names of an include key.
func (c *compiler) includes(root *node) []*node {
	var names []*node
	for _, item := range c.list(root.get("include")) {
		if item.kind != isScalar || item.text == "" {
			c.refuseAt(item, "is "+string(item.kind)+", expected the name of a file")
			continue
		}
		names = append(names, item)
	}
	return names
}

// mergeInto adds an included file's values to base: whole lists, and the keys of blocks (depth 0) one by one.
func (c *compiler) mergeInto(base, included *node, depth int) {
	for _, m := range included.keys {
		if m.name == "include" && depth == 0 {
			continue
		}
		i := slices.IndexFunc(base.keys, func(b member) bool { return b.name == m.name })
		if i < 0 {
			base.keys = append(base.keys, m)
			continue
		}
		switch b := base.keys[i].value; {
		case b.kind == isNull:
			base.keys[i].value = m.value
		case m.value.kind == isNull:
		case b.kind == isList && m.value.kind == isList:
			b.items = append(b.items, m.value.items...)
		case b.kind == isMap && m.value.kind == isMap && depth == 0:
			c.mergeInto(b, m.value, depth+1)
		default:
			c.warnAt(b, "is also set in "+m.value.file+", whose value holds, as in LiteLLM: the included file wins")
			base.keys[i].value = m.value
		}
	}
}

// beside is the path of a file as another file names it. A URL stands for itself.
func beside(file, name string) string {
	if strings.HasPrefix(name, "/") || strings.Contains(name, "://") {
		return name
	}
	return path.Join(path.Dir(file), name)
}
