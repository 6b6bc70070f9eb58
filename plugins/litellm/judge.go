package litellm

import (
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/strategy"
)

// asked notes where a model is named that is asked.
func (c *compiler) asked(name string, at *node) {
	if c.judged == nil {
		c.judged = map[string]*node{}
	}
	if c.judged[name] == nil {
		c.judged[name] = at
	}
}

// judges finds the language models that strategies ask, and gives each a cluster of the module's own calls. The document names them by
// their ids.
func (c *compiler) judges(out *Compiled, dir *directory, entries []*entry) {
	for i := range out.Config.Groups {
		g := &out.Config.Groups[i]
		k := strategy.Registry()[g.Strategy.Name]
		if k == nil {
			continue
		}
		for n := range g.Strategy.Args {
			if p := k.Param(g.Strategy.Args[n].Name); p == nil || p.Type != routing.Asked {
				continue
			}
			g.Strategy.Args = slices.Clone(g.Strategy.Args) // of groups without a strategy of their own they are the same
			name := g.Strategy.Args[n].Text
			at := c.judged[name]
			if at == nil {
				continue // refused already
			}
			c.meant(k, g, at)
			e, why := judgeOf(name, g, dir, entries)
			if why != "" {
				c.refuseAt(at, quote(name)+" cannot be asked by "+quote(g.Name)+": "+why)
				continue
			}
			c.judge(out, e, at)
			g.Strategy.Args[n].Text = e.d.ID
			if g.Strategy.Args.Number("max_cost_usd") > 0 && e.d.Price == nil {
				c.refuseAt(at, "max_cost_usd is stated, and nobody says what "+quote(name)+" costs: state its input_cost_per_token and output_cost_per_token, or base_model")
			}
		}
	}
}

// judgeOf finds the deployment that a group's strategy asks, or says why there is none.
func judgeOf(name string, g *abi.ModelGroup, dir *directory, entries []*entry) (found *entry, why string) {
	if group := dir.groupOf(name); dir.has(group) {
		for _, e := range entries {
			switch {
			case e.group != group:
			case found != nil:
				return nil, "it has several deployments, name one of them by its id"
			default:
				found = e
			}
		}
	} else {
		for _, e := range entries {
			if e.d.ID == name {
				found = e
			}
		}
	}
	switch {
	case found == nil:
		return nil, "no model_name and no deployment is called so" + hint(name, dir.names)
	case found.group == g.Name:
		return nil, "it is one of the group's own, expected a model of another model_name; a strategy that asks is for groups of routing.groups, not for all"
	case found.d.Mock != nil:
		return nil, "it has a mock_response and no server"
	case found.base == nil:
		return nil, "it can never be called: " + found.d.Unconfigured
	case !slices.ContainsFunc(found.d.Paths, speaksChat):
		return nil, "its provider " + found.d.Provider + " has no chat completions in OpenAI's shape"
	case strings.Contains(found.d.Model, "*"):
		return nil, "it is a pattern, expected one model"
	}
	return found, ""
}

// judge adds a deployment to those that are asked, once.
func (c *compiler) judge(out *Compiled, e *entry, at *node) {
	if slices.ContainsFunc(out.Config.Judges, func(j abi.Judge) bool { return j.ID == e.d.ID }) {
		return
	}
	name := abi.JudgeCluster(e.d.ID)
	path := e.d.Paths[slices.IndexFunc(e.d.Paths, speaksChat)].Path
	out.Config.Judges = append(out.Config.Judges, abi.Judge{
		ID: e.d.ID, Cluster: name, Authority: e.d.Authority, Path: routing.FilledPath(path, e.d.Model), Model: e.d.Model, Headers: e.d.Headers, Price: e.d.Price,
	})
	cluster := abi.Cluster{
		Name: name, Scheme: e.base.Scheme, Host: e.base.Host, Port: e.base.Port, InsecureTLS: e.insecure, ConnectTimeoutMS: e.connectMS, Own: true,
	}
	if len(e.parts) > 0 {
		cluster.Credential = name
		out.Credentials = append(out.Credentials, abi.Credential{Name: name, Parts: e.parts})
	}
	if len(e.unset) > 0 {
		out.Unset[name] = e.unset
		c.warnAt(at, strings.Join(e.unset, ", ")+" is not set: "+e.d.ID+" is asked without it")
	}
	out.Clusters = append(out.Clusters, cluster)
}

func speaksChat(p abi.APIPath) bool { return p.API == abi.APIChat }
