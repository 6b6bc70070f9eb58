package litellm

import (
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// environment takes the block environment_variables in: it feeds os.environ/NAME, and LiteLLM's and our own variables,
// where the process's environment does not. Its values are treated as secrets.
func (c *compiler) environment(root *node) {
	vars := c.mapping(root.get("environment_variables"))
	if vars == nil {
		return
	}
	for _, m := range vars.keys {
		switch {
		case m.value.kind == isNull:
		case m.value.kind != isScalar:
			c.refuseAt(m.value, "is "+string(m.value.kind)+", expected a single value")
		default:
			text := m.value.text
			if name, ok := m.value.variable(); ok {
				if text, ok = c.src.Getenv(name); !ok {
					c.warnAt(m.value, name+" is not set: "+m.name+" stays unset too")
					continue
				}
			}
			c.block[m.name] = text
		}
	}
}

// lookup returns a variable's value; one that is empty counts as not set, as LiteLLM counts it. own tells whether it
// comes from the process's environment, where a proxy finds it too.
func (c *compiler) lookup(name string) (value string, own, set bool) {
	if v, ok := c.src.Getenv(name); ok && v != "" {
		return v, true, true
	}
	if v := c.block[name]; v != "" {
		return v, false, true
	}
	return "", false, false
}

// secret reads a value that must not be shown: written out, or os.environ/NAME. unset is the NAME of a variable that is
// not set; the Secret names it all the same. ok is false when there is none, or it was refused.
func (c *compiler) secret(n *node) (s abi.Secret, unset string, ok bool) {
	if n == nil {
		return s, "", false
	}
	if n.kind != isScalar {
		c.refuseAt(n, "is "+string(n.kind)+", expected text or os.environ/NAME")
		return s, "", false
	}
	s.Value = n.text
	name, named := n.variable()
	if named {
		if name == "" {
			c.refuseAt(n, "is os.environ/ without a name: write os.environ/NAME")
			return s, "", false
		}
		s, unset = c.variableSecret(name)
	}
	if unset == "" && s.Value == "" {
		return s, "", false
	}
	if !isHeaderValue(s.Value) {
		c.refuseAt(n, unsendable)
		return s, "", false
	}
	return s, unset, true
}

// variableSecret is the secret a variable holds. One that stands in environment_variables is literal to a proxy, which
// does not see that block.
func (c *compiler) variableSecret(name string) (s abi.Secret, unset string) {
	value, own, set := c.lookup(name)
	switch {
	case !set:
		return abi.Secret{Env: name}, name
	case own:
		return abi.Secret{Env: name, Value: value}, ""
	}
	return abi.Secret{Value: value}, ""
}

// notSet says which variables are not set.
func notSet(names []string) string {
	if len(names) == 1 {
		return names[0] + " is not set"
	}
	return strings.Join(names, " and ") + " are not set"
}

// unsendable refuses a text that isHeaderValue does not take.
const unsendable = "holds a line break or another control character, or begins or ends with a blank: no header can carry it"

// isHeaderValue tells whether text can stand in a header as it is.
func isHeaderValue(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return strings.TrimSpace(text) == text
}

// lineList writes line numbers: "line 7", "lines 7, 9 and 12", and no more than eight of them.
func lineList(lines []int) string {
	const most = 8
	words := make([]string, 0, most)
	for _, line := range lines[:min(len(lines), most)] {
		words = append(words, strconv.Itoa(line))
	}
	switch {
	case len(lines) > most:
		return "lines " + strings.Join(words, ", ") + " and " + strconv.Itoa(len(lines)-most) + " more"
	case len(words) == 1:
		return "line " + words[0]
	}
	return "lines " + strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

func quote(text string) string { return strconv.Quote(text) }
