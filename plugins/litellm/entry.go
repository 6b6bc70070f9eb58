package litellm

import (
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/provider"
	"github.com/routeiq/routeiq/plugins/provider/nearest"
)

// entry is one item of model_list on its way to a deployment.
type entry struct {
	at       *node  // the item
	params   *node  // litellm_params
	info     *node  // model_info; nil when absent
	group    string // model_name
	d        abi.Deployment
	base     *provider.Base // nil: it has no upstream
	insecure bool
	parts    []abi.CredentialPart
	ordered  bool     // it states an order
	unset    []string // variables its credential lacks
	identity []string // what a generated id is made of

	connectMS int
	retries   *int     // its own num_retries; nil: none
	circuit   []change // what it says of its breaker
}

// entries reads model_list.
func (c *compiler) entries(root *node, s settings) []*entry {
	list := root.written("model_list")
	switch {
	case list == nil:
		p := Problem{File: root.file, Path: "model_list", Message: "is missing, expected a list of deployments"}
		for _, m := range root.keys {
			if nearest.Of(m.name, []string{"model_list"}) != "" {
				p.Line, p.Message = m.value.line, p.Message+"; is "+m.name+" meant to be it?"
			}
		}
		c.refuse(p)
		return nil
	case list.kind == isNull, list.kind == isList && len(list.items) == 0:
		c.refuseAt(list, "is empty, expected at least one deployment")
		return nil
	}
	var entries []*entry
	for _, item := range c.list(list) {
		if e := c.entry(item, s); e != nil {
			entries = append(entries, e)
		}
	}
	return entries
}

func (c *compiler) entry(item *node, s settings) *entry {
	if item.kind == isNull {
		c.refuseAt(item, "is empty, expected model_name and litellm_params")
		return nil
	}
	if c.mapping(item) == nil {
		return nil
	}
	e := &entry{at: item, info: c.mapping(item.get("model_info"))}
	c.keys(item, entryKeys)
	c.keys(e.info, infoKeys)
	e.group = c.groupName(item)
	params := item.get("litellm_params")
	if e.params = c.mapping(params); e.params != nil {
		c.keys(e.params, paramKeys)
		c.upstream(e)
		c.limitsOf(e, s)
		c.capabilities(e)
	} else if params == nil {
		c.refuseAt(item, "has no litellm_params, expected a mapping with model")
	}
	if e.group == "" {
		return nil // else it is kept, refused or not, so that fallbacks and aliases can name its group
	}
	if strings.Contains(e.d.Model, "*") && !strings.Contains(e.group, "*") {
		c.refuseAt(e.params.get("model"), "has a '*', but model_name "+quote(e.group)+" has none to fill it from: name the model, or write a '*' in both")
	}
	return e
}

// groupName reads model_name: "" when it is refused.
func (c *compiler) groupName(item *node) string {
	n := item.get("model_name")
	if n == nil {
		c.refuseAt(item, "has no model_name, expected the name clients ask for")
		return ""
	}
	name, ok := c.text(n)
	if !ok {
		if _, named := n.variable(); named {
			c.refuseAt(n, "is a variable that is not set, expected the name clients ask for")
		}
		return ""
	}
	if why := badName(name); why != "" {
		c.refuseAt(n, n.shown()+why)
		return ""
	}
	if strings.Count(name, "*") > 1 {
		c.refuseAt(n, n.shown()+", expected at most one '*'")
		return ""
	}
	return name
}

// badName says why a name cannot be one of a group or an alias: it travels in headers and in metrics' names.
func badName(name string) string {
	switch {
	case name == "":
		return ", expected a name"
	case len(name) > 256:
		return ", expected at most 256 bytes"
	case !isHeaderValue(name) || strings.ContainsAny(name, ";\t"):
		return ": ';', control characters and blanks at its ends cannot stand in a name"
	}
	return ""
}

// limitsOf reads what bounds a deployment: timeouts, rates, retries, its place in the order, prices and its breaker.
func (c *compiler) limitsOf(e *entry, s settings) {
	d := &e.d
	c.deadlinesOf(e, s.deadlines)
	c.rates(e, s)
	if n, ok := c.retryCount(e.params.get("num_retries")); ok {
		e.retries = &n
	}
	if n, ok := c.whole(e.params.get("order"), -lastOrder, lastOrder, "a whole number"); ok {
		d.Order, e.ordered = n, true
	}
	e.insecure = c.insecure(e.params.get("ssl_verify"), s.insecure)
	e.circuit = c.deploymentCircuit(e.params, e.info)
}
