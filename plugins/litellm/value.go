package litellm

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// The readers below take a value that may be absent (nil) and report a wrong one. They are as lenient as LiteLLM's
// models: "10" is a number where one is wanted, and yes, on and True are true where a boolean is.

// scalar returns a value's text, with os.environ/NAME replaced. A variable that is not set makes the key as absent, with a
// warning; where that would not be safe, secret and the readers of credentials are used instead.
func (c *compiler) scalar(n *node, want string) (text string, ok bool) {
	if n == nil {
		return "", false
	}
	if n.kind != isScalar {
		c.refuseAt(n, "is "+string(n.kind)+", expected "+want)
		return "", false
	}
	name, named := n.variable()
	if !named {
		return n.text, true
	}
	value, _, set := c.lookup(name)
	if !set {
		c.noteAt(n, lastKey(n.path), name+" is not set: the key is as absent")
		return "", false
	}
	return value, true
}

// shown quotes a value in an error, unless it came from a variable, which might hold something else than was meant.
func (n *node) shown() string {
	if name, ok := n.variable(); ok {
		return "os.environ/" + name + " holds something else"
	}
	return "is " + quote(n.text)
}

func (c *compiler) text(n *node) (string, bool) { return c.scalar(n, "text") }

// number reads a number from low to high.
func (c *compiler) number(n *node, low, high float64, want string) (float64, bool) {
	text, ok := c.scalar(n, want)
	if !ok {
		return 0, false
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(text), "_", ""), 64)
	if err != nil && !n.quoted {
		// 0x10, 0o17 and 017 are whole numbers in YAML, not in a quoted text.
		var whole int64
		if whole, err = strconv.ParseInt(text, 0, 64); err == nil {
			v = float64(whole)
		}
	}
	if err != nil || math.IsNaN(v) || v < low || v > high {
		c.refuseAt(n, n.shown()+", expected "+want)
		return 0, false
	}
	return v, true
}

// whole reads a whole number from low to high.
func (c *compiler) whole(n *node, low, high int, want string) (int, bool) {
	if n == nil {
		return 0, false
	}
	want += " from " + strconv.Itoa(low) + " to " + strconv.Itoa(high)
	v, ok := c.number(n, float64(low), float64(high), want)
	if ok && v != math.Trunc(v) {
		c.refuseAt(n, n.shown()+", expected "+want)
		return 0, false
	}
	return int(v), ok
}

// boolean reads true or false in the spellings of YAML 1.1 and of LiteLLM's models.
func (c *compiler) boolean(n *node) (value, ok bool) {
	text, ok := c.scalar(n, "true or false")
	if !ok {
		return false, false
	}
	value, ok = truth(text)
	if !ok {
		c.refuseAt(n, n.shown()+", expected true or false")
	}
	return value, ok
}

// choice reads one of some words.
func (c *compiler) choice(n *node, words ...string) (string, bool) {
	text, ok := c.scalar(n, strings.Join(words, " or "))
	if ok && !slices.Contains(words, text) {
		c.refuseAt(n, n.shown()+", expected "+strings.Join(words, " or "))
		return "", false
	}
	return text, ok
}

func truth(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true", "yes", "on", "y", "t", "1":
		return true, true
	case "false", "no", "off", "n", "f", "0":
		return false, true
	}
	return false, false
}

// mapping returns a mapping; nil when it is absent or none, which is reported.
func (c *compiler) mapping(n *node) *node {
	if n == nil {
		return nil
	}
	if n.kind != isMap {
		c.refuseAt(n, "is "+string(n.kind)+", expected a mapping")
		return nil
	}
	return n
}

// list returns a list's items.
func (c *compiler) list(n *node) []*node {
	if n == nil {
		return nil
	}
	if n.kind != isList {
		c.refuseAt(n, "is "+string(n.kind)+", expected a list")
		return nil
	}
	return n.items
}

// first returns the first value that is there.
func first(nodes ...*node) *node {
	for _, n := range nodes {
		if n != nil {
			return n
		}
	}
	return nil
}

// lastKey is the last key of a path.
func lastKey(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }
