package litellm

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Bounds of one file. They are far above any real configuration and keep a document whose aliases multiply (a "billion
// laughs") from taking the process with it.
const (
	maxNodes = 500_000
	maxDepth = 64
)

// reader turns one file's YAML into nodes.
type reader struct {
	c     *compiler
	file  string
	nodes int
}

// read reads a file; nil when it is refused, which was said then.
func (c *compiler) read(file string, text []byte) *node {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		c.refuse(Problem{File: file, Message: "is empty, expected a mapping with model_list"})
		return nil
	}
	if err != nil {
		c.refuse(syntaxProblem(file, err))
		return nil
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		c.refuse(Problem{File: file, Line: second.Line, Message: "has a second document behind '---', expected one"})
		return nil
	} else if !errors.Is(err, io.EOF) {
		c.refuse(syntaxProblem(file, err))
		return nil
	}
	if len(document.Content) != 1 {
		c.refuse(Problem{File: file, Message: "is empty, expected a mapping with model_list"})
		return nil
	}
	r := reader{c: c, file: file}
	root := r.node(document.Content[0], "", 0)
	switch {
	case root == nil:
		return nil
	case root.kind == isNull:
		c.refuse(Problem{File: file, Message: "is empty, expected a mapping with model_list"})
		return nil
	case root.kind != isMap:
		c.refuse(Problem{File: file, Line: root.line, Message: "holds " + string(root.kind) + ", expected a mapping with model_list"})
		return nil
	}
	return root
}

// syntaxProblem takes the line out of yaml's error text: "yaml: line 3: did not find expected key".
func syntaxProblem(file string, err error) Problem {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		if digits, message, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(digits); err == nil {
				line, text = n, message
			}
		}
	}
	if strings.HasPrefix(text, "unknown anchor") || strings.Contains(text, "alphabetic or numeric character") {
		text = "'*' and '&' at the beginning of a value have a meaning in YAML: put the value in quotes" // and do not repeat it: it may be a key
	}
	return Problem{File: file, Line: line, Message: "is no YAML: " + text}
}

// node converts one value; nil when the whole file must be given up.
func (r *reader) node(y *yaml.Node, path string, depth int) *node {
	for y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	if r.nodes++; r.nodes > maxNodes || depth > maxDepth {
		r.c.refuse(Problem{File: r.file, Line: y.Line, Message: "is too large: more than " + strconv.Itoa(maxNodes) +
			" values, or more than " + strconv.Itoa(maxDepth) + " levels; does an alias hold itself?"})
		return nil
	}
	n := &node{file: r.file, line: y.Line, path: path}
	if tag := y.ShortTag(); !strings.HasPrefix(tag, "!!") || tag == "!!binary" {
		r.c.refuse(Problem{File: r.file, Line: y.Line, Path: path, Message: "has the tag " + quote(tag) +
			", which is not understood: write the value itself, or os.environ/NAME"})
	}
	switch y.Kind {
	case yaml.MappingNode:
		n.kind = isMap
		if !r.members(n, y, depth) {
			return nil
		}
	case yaml.SequenceNode:
		n.kind = isList
		for i, item := range y.Content {
			child := r.node(item, path+"["+strconv.Itoa(i)+"]", depth+1)
			if child == nil {
				return nil
			}
			n.items = append(n.items, child)
		}
	default:
		r.scalar(n, y)
	}
	return n
}

func (r *reader) scalar(n *node, y *yaml.Node) {
	n.kind, n.text = isScalar, y.Value
	n.quoted = y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	if y.ShortTag() == "!!null" {
		n.kind = isNull
	}
}

// members reads a mapping's keys. A key that stands twice is refused: YAML would let the last one win, unseen. Keys
// merged in by '<<' give way to those written out.
func (r *reader) members(n *node, y *yaml.Node, depth int) bool {
	var merges []*yaml.Node
	lines := map[string]int{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, value := y.Content[i], y.Content[i+1]
		for key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.ShortTag() == "!!merge" {
			merges = append(merges, value)
			continue
		}
		if key.Kind != yaml.ScalarNode {
			r.c.refuse(Problem{File: r.file, Line: key.Line, Path: n.path, Message: "has a key that is no single value"})
			continue
		}
		path := childPath(n.path, key.Value)
		if first, twice := lines[key.Value]; twice {
			r.c.refuse(Problem{File: r.file, Line: key.Line, Path: path, Message: "stands twice, first on line " + strconv.Itoa(first) + ": keep one"})
			continue
		}
		lines[key.Value] = key.Line
		child := r.node(value, path, depth+1)
		if child == nil {
			return false
		}
		child.line = key.Line // where the reader of an error looks
		n.keys = append(n.keys, member{key.Value, child})
	}
	for _, m := range merges {
		if !r.merge(n, m, depth) {
			return false
		}
	}
	return true
}

// merge adds the keys of what stands behind '<<': a mapping or a list of them, of which the first wins.
func (r *reader) merge(n *node, y *yaml.Node, depth int) bool {
	from := r.node(y, n.path, depth+1)
	if from == nil {
		return false
	}
	sources := []*node{from}
	if from.kind == isList {
		sources = from.items
	}
	for _, s := range sources {
		if s.kind != isMap {
			r.c.refuse(Problem{File: r.file, Line: y.Line, Path: childPath(n.path, "<<"), Message: "holds " + string(s.kind) + ", expected a mapping or a list of mappings"})
			continue
		}
		for _, m := range s.keys {
			if n.written(m.name) == nil {
				m.value.rebase(childPath(n.path, m.name))
				n.keys = append(n.keys, m)
			}
		}
	}
	return true
}

// rebase gives a value that was read elsewhere the path it is used at.
func (n *node) rebase(path string) {
	n.path = path
	for _, m := range n.keys {
		m.value.rebase(childPath(path, m.name))
	}
	for i, item := range n.items {
		item.rebase(path + "[" + strconv.Itoa(i) + "]")
	}
}
