package litellm

import (
	"slices"
	"strings"

	"github.com/routeiq/routeiq/plugins/provider/nearest"
)

// State is what becomes of a key.
type State string

// The states, in the words of docs/config.md.
const (
	Applied State = "applied"             // as LiteLLM applies it
	Differs State = "applied differently" // the note says how
	Later   State = "not applied yet"     // LiteLLM's; a warning names it
)

// Key is a key of a block.
type Key struct {
	Name  string // '*' before and after: any key that holds the text between
	State State
	Note  string // for the warning and the documentation
	want  check  // of keys that are not applied yet: their type is checked all the same
}

// Block is a mapping of the configuration and the keys it can have.
type Block struct {
	Name string
	Ours bool // an unknown key is an error: it is a block of ours, or one in which a misspelt key would say nothing unseen
	Keys []Key
	// Unknown is what LiteLLM does with a key it does not know either.
	Unknown string
}

// find returns the entry for a key.
func (b *Block) find(name string) *Key {
	for i := range b.Keys {
		k := &b.Keys[i]
		if part, ok := strings.CutPrefix(k.Name, "*"); ok {
			if strings.Contains(name, strings.TrimSuffix(part, "*")) {
				return k
			}
		} else if k.Name == name {
			return k
		}
	}
	return nil
}

func (b *Block) names() []string {
	names := make([]string, 0, len(b.Keys))
	for _, k := range b.Keys {
		if !strings.HasPrefix(k.Name, "*") {
			names = append(names, k.Name)
		}
	}
	return names
}

// keys looks at every key of a block: those that are not applied, and those nobody knows, are named in a warning; an
// unknown key of ours is refused, and so is one that is near to a key that protects, because it would protect nothing.
func (c *compiler) keys(n *node, b *Block) {
	if n == nil || n.kind != isMap {
		return
	}
	for _, m := range n.keys {
		k := b.find(m.name)
		switch {
		case k == nil:
			c.unknown(m.value, m.name, b)
		case k.State == Later:
			if m.value.kind == isNull {
				continue
			}
			if k.want != nil {
				k.want(c, m.value)
			}
			message := string(Later)
			if k.Note != "" {
				message += ": " + k.Note
			}
			c.noteAt(m.value, b.Name+"."+m.name, message)
		}
	}
}

// protecting are the keys whose misspelling leaves a proxy open.
var protecting = []string{"general_settings", "master_key"}

func (c *compiler) unknown(n *node, name string, b *Block) {
	near := nearest.Of(name, b.names())
	did := ""
	if near != "" {
		did = ", did you mean " + near + "?"
	}
	switch {
	case b.Ours, slices.Contains(protecting, near):
		if did == "" {
			did = ", expected one of " + strings.Join(b.names(), ", ")
		}
		c.refuseAt(n, "unknown key"+did)
	case did == "" && b.Unknown != "":
		c.noteAt(n, b.Name+"."+name, "unknown key, not applied: "+b.Unknown)
	default:
		c.noteAt(n, b.Name+"."+name, "unknown key, not applied"+did)
	}
}

// check tests the type of a value that is not applied yet.
type check func(c *compiler, n *node)

func aNumber(c *compiler, n *node)  { c.number(n, 0, 1e15, "a number of 0 or more") }
func aBoolean(c *compiler, n *node) { c.boolean(n) }
func aText(c *compiler, n *node)    { c.text(n) }
func aList(c *compiler, n *node)    { c.list(n) }
func aMapping(c *compiler, n *node) { c.mapping(n) }

// The constructors of the tables in keytable.go.

func applied(names string) []Key { return keysOf(Applied, "", nil, names) }

func differs(name, note string) []Key { return keysOf(Differs, note, nil, name) }

func later(note string, want check, names string) []Key { return keysOf(Later, note, want, names) }

func keysOf(state State, note string, want check, names string) []Key {
	var keys []Key
	for _, name := range strings.Fields(names) {
		keys = append(keys, Key{Name: name, State: state, Note: note, want: want})
	}
	return keys
}
