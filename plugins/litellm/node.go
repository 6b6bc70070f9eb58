package litellm

import "strings"

// node is one value of a document, with where it stands. Unlike yaml's own it has no aliases and no merge keys, and it
// outlives the file it came from, so that included files become one tree.
type node struct {
	kind   kind
	file   string
	line   int
	path   string   // like model_list[2].litellm_params
	text   string   // of a scalar, as written: a date stays the text it was
	quoted bool     // a scalar in quotes, or a block scalar: it is text whatever it looks like
	keys   []member // of a mapping, in their order
	items  []*node  // of a list
}

type kind string

// The kinds, in the words errors use.
const (
	isNull   kind = "nothing"
	isScalar kind = "a single value"
	isMap    kind = "a mapping"
	isList   kind = "a list"
)

// member is one key of a mapping.
type member struct {
	name  string
	value *node
}

// get returns the value of a key; a key without a value is as absent, as in LiteLLM. The receiver may be nil or no mapping.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for _, m := range n.keys {
		if m.name == key && m.value.kind != isNull {
			return m.value
		}
	}
	return nil
}

// written returns the value of a key also when it is empty.
func (n *node) written(key string) *node {
	if n == nil {
		return nil
	}
	for _, m := range n.keys {
		if m.name == key {
			return m.value
		}
	}
	return nil
}

// variable returns the NAME of a scalar that is os.environ/NAME.
func (n *node) variable() (name string, ok bool) {
	if n == nil || n.kind != isScalar {
		return "", false
	}
	return strings.CutPrefix(n.text, "os.environ/")
}

// childPath is the path of a key below path.
func childPath(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
