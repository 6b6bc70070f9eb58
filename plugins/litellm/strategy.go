package litellm

import (
	"maps"
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/provider/nearest"
	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/strategy"
	expression "github.com/routeiq/routeiq/plugins/strategy/pattern/compile"
)

// strategyVariable names the strategy of every group that has none of its own, over router_settings.
const strategyVariable = "LLMROUTER_ACTIVE_ROUTING_STRATEGY"

// litellmStrategies are LiteLLM's other names: a configuration with one of them loads and runs with the default.
var litellmStrategies = []string{"provider-budget-routing", "lar1", "priority"}

// strategy reads what holds for every group that has no strategy of its own.
func (c *compiler) strategy(router *node) abi.StrategyRef {
	n, args := router.get("routing_strategy"), router.get("routing_strategy_args")
	if name, _, set := c.lookup(strategyVariable); set {
		if n != nil && n.text != name {
			c.warnAt(n, "not applied: "+strategyVariable+" is "+quote(name))
		}
		n = &node{kind: isScalar, path: strategyVariable, text: name}
	}
	return c.strategyOf(n, args)
}

// strategyGroups reads routing.groups: strategies of single groups.
func (c *compiler) strategyGroups(root *node, dir *directory) {
	block := c.mapping(root.get("routing"))
	c.keys(block, routingKeys)
	all := c.affinity(root)
	for i := range dir.groups {
		dir.groups[i].Affinity = all
	}
	groups := c.mapping(block.get("groups"))
	if groups == nil {
		return
	}
	for _, m := range groups.keys {
		own := c.mapping(m.value)
		c.keys(own, groupRoutingKeys)
		group, known := dir.group(m, "routing.groups")
		name, args := own.get("routing_strategy"), own.get("routing_strategy_args")
		if name == nil && args != nil {
			c.refuseAt(args, "stands without routing_strategy, expected both")
		}
		var ref abi.StrategyRef
		if name != nil {
			ref = c.strategyOf(name, args)
		}
		affinity := c.affinityBlock(own.get("affinity"), all)
		shadow := c.shadow(own.get("shadow"))
		i := slices.IndexFunc(dir.groups, func(g abi.ModelGroup) bool { return known && g.Name == group })
		if i < 0 {
			continue
		}
		dir.groups[i].Affinity, dir.groups[i].Shadow = affinity, shadow
		if name != nil {
			dir.groups[i].Strategy = ref
		}
	}
}

// priceless warns of deployments whose price nobody knows, where the strategy of their group goes by prices.
func (c *compiler) priceless(groups []abi.ModelGroup, entries []*entry) {
	for _, g := range groups {
		if k := strategy.Registry()[g.Strategy.Name]; k == nil || !k.Prices {
			continue
		}
		for _, e := range entries {
			if e.group == g.Name && e.d.Price == nil {
				c.noteAt(e.at, "price "+g.Strategy.Name, "the price is not known: "+g.Strategy.Name+" takes it last; state input_cost_per_token and output_cost_per_token, or base_model")
			}
		}
	}
}

// strategyOf reads a strategy and its arguments.
func (c *compiler) strategyOf(n, args *node) abi.StrategyRef {
	standard := abi.StrategyRef{Name: abi.DefaultStrategy}
	name, ok := c.text(n)
	if !ok || name == "" {
		name = abi.DefaultStrategy
	}
	if ours := renamed[name]; ours != "" {
		name = ours
	}
	registry := strategy.Registry()
	if k := registry[name]; k != nil {
		return abi.StrategyRef{Name: name, Args: c.strategyArgs(k, n, args)}
	}
	if slices.Contains(litellmStrategies, name) {
		c.warnAt(n, quote(name)+" is not built yet: every group runs as "+abi.DefaultStrategy)
		return abi.StrategyRef{Name: abi.DefaultStrategy, Requested: name}
	}
	if needs := unbuilt[name]; needs != "" {
		c.refuseAt(n, n.shown()+", which is not built yet: it needs "+needs)
		return standard
	}
	known := slices.Concat(slices.Sorted(maps.Keys(registry)), litellmStrategies)
	if near := nearest.Of(name, slices.Concat(known, slices.Sorted(maps.Keys(unbuilt)), slices.Sorted(maps.Keys(renamed)))); near != "" {
		c.refuseAt(n, n.shown()+", which is no strategy: did you mean "+quote(near)+"?")
	} else {
		c.refuseAt(n, n.shown()+", which is no strategy: expected one of "+quoteAll(known))
	}
	return standard
}

// strategyArgs reads the arguments of a strategy, which is named at.
func (c *compiler) strategyArgs(k *routing.Kind, at, n *node) abi.Args {
	given := c.mapping(n)
	var args abi.Args
	if given != nil {
		for _, m := range given.keys {
			p := k.Param(m.name)
			switch {
			case p == nil:
				c.refuseAt(m.value, k.Unknown(m.name))
			case m.value.kind != isNull:
				if a, ok := c.strategyArg(p, m.value); ok {
					args = append(args, a)
				}
			}
		}
	}
	order := k.Names()
	slices.SortFunc(args, func(a, b abi.Arg) int { return slices.Index(order, a.Name) - slices.Index(order, b.Name) })
	lacks := false
	for _, p := range k.Params {
		if p.Required && given.get(p.Name) == nil {
			lacks = true
			c.refuseAt(first(given, at), "has no "+p.Name+": "+k.Name+" needs "+string(p.Type)+", "+p.About)
		}
	}
	if k.Rules != nil && !lacks { // what was refused already has its default here
		for _, err := range k.Rules(k.Fill(args)) {
			c.refuseArg(given, err)
		}
	}
	return args
}

// refuseArg refuses an argument for what a strategy's rules say, which begins with the argument's name.
func (c *compiler) refuseArg(given *node, err error) {
	if name, message, ok := strings.Cut(err.Error(), ": "); ok && given.get(name) != nil {
		c.refuseAt(given.get(name), message)
		return
	}
	if given != nil {
		c.refuseAt(given, err.Error())
	}
}

// strategyArg reads one argument.
func (c *compiler) strategyArg(p *routing.Param, n *node) (a abi.Arg, ok bool) {
	a.Name = p.Name
	switch p.Type {
	case routing.Number:
		a.Number, ok = c.number(n, p.Low, p.High, p.Want())
	case routing.Whole:
		a.Number, ok = c.number(n, p.Low, p.High, p.Want())
		if ok && a.Number != float64(int64(a.Number)) {
			c.refuseAt(n, n.shown()+", expected "+p.Want())
			return a, false
		}
	case routing.Flag:
		var on bool
		if on, ok = c.boolean(n); on {
			a.Number = 1
		}
	case routing.Text:
		if len(p.Words) > 0 {
			a.Text, ok = c.choice(n, p.Words...)
		} else {
			a.Text, ok = c.text(n)
		}
	case routing.Artifact:
		a.Text, ok = c.artifact(n)
	case routing.Asked:
		if a.Text, ok = c.text(n); ok {
			c.asked(a.Text, n)
		}
	case routing.Rows:
		a.Rows, ok = c.strategyRows(n)
	case routing.Patterns:
		if a.Rows, ok = c.strategyRows(n); ok {
			ok = c.patterns(a.Rows, n)
		}
	}
	return a, ok
}

// strategyRows reads a mapping of names to texts, or lists of them, in its order.
func (c *compiler) strategyRows(n *node) (rows []abi.Row, ok bool) {
	if n = c.mapping(n); n == nil {
		return nil, false
	}
	for _, m := range n.keys {
		row := abi.Row{Key: m.name}
		items := []*node{m.value}
		if m.value.kind == isList {
			items = m.value.items
		}
		for _, item := range items {
			if text, ok := c.text(item); ok {
				row.Values = append(row.Values, text)
			}
		}
		rows = append(rows, row)
	}
	return rows, true
}

// patterns compiles the regular expressions of rows.
func (c *compiler) patterns(rows []abi.Row, n *node) bool {
	good := true
	for i := range rows {
		program, err := expression.Compile(rows[i].Key)
		if err != nil {
			c.refuseAt(n.keys[i].value, quote(rows[i].Key)+" is no regular expression: "+err.Error())
			good = false
		}
		rows[i].Program = program
	}
	return good
}

// renamed are other names of strategies: of the replaced system, and LLMRouter's with its aliases.
var renamed = map[string]string{
	"routeiq-kumaraswamy-thompson": "llmrouter-thompson",
	"knnrouter":                    "llmrouter-knn", "svmrouter": "llmrouter-svm", "mlprouter": "llmrouter-mlp", "mfrouter": "llmrouter-mf",
	"elorouter": "llmrouter-elo", "routerdc": "llmrouter-routerdc", "dcrouter": "llmrouter-routerdc",
	"hybrid_llm": "llmrouter-hybrid", "hybridllm": "llmrouter-hybrid", "graphrouter": "llmrouter-graph", "graph_router": "llmrouter-graph",
	"personalizedrouter": "llmrouter-personalized", "smallest_llm": "llmrouter-smallest", "largest_llm": "llmrouter-largest",
	"causallm_router": "llmrouter-causallm", "causallmrouter": "llmrouter-causallm", "automix": "llmrouter-automix", "automixrouter": "llmrouter-automix",
	"llmjudgerouter": "llmrouter-llmjudge", "taskawarerouter": "llmrouter-taskaware", "router_r1": "llmrouter-r1", "router-r1": "llmrouter-r1",
	"knnmultiroundrouter": "llmrouter-knn-multiround", "llmmultiroundrouter": "llmrouter-llm-multiround",
}

// unbuilt are strategies of the replaced system and of LLMRouter that this module does not have, and what each of them needs.
var unbuilt = map[string]string{
	"llmrouter-gmt": needsGMT, "gmtrouter": needsGMT,
	"tsrouter":         "its test set: LLMRouter's own ignores the request, and answers with what it predicted for that",
	"llmrouter-custom": "a strategy of your own, compiled in",
}

const needsGMT = "a table of its users, which LLMRouter 0.4.0 cannot make: an artifact of kind user runs as llmrouter-personalized"
