package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// pack is several scenarios on one running engine: their model_lists are joined into one document. To start an Envoy
// takes longer than most scenarios.
type pack struct {
	scenarios []*Scenario
	config    []byte // joined, {{letters}} still in it
	env       map[string]string
}

// single is one scenario on an engine of its own.
func single(s *Scenario) *pack {
	return &pack{scenarios: []*Scenario{s}, config: mark(s), env: s.Env}
}

// mark makes a scenario's upstreams its own: {{a}} becomes {{NAME/a}}.
func mark(s *Scenario) []byte {
	return letter.ReplaceAll(s.Config, []byte("{{"+s.Name+"/$1}}"))
}

// join packs scenarios. Two share a document if they stand in one of the lines, or if they differ only in their deployments, fallbacks,
// aliases and strategies of groups, and name none of them alike; a scenario that says "alone" shares with nobody.
func join(scenarios []*Scenario, lines [][]string) ([]*pack, error) {
	var packs []*joint
	var errs []error
	for _, line := range lines {
		p, err := joinLine(line, scenarios)
		if err != nil {
			errs = append(errs, err)
		}
		if p != nil {
			packs = append(packs, p)
		}
	}
	in := slices.Concat(lines...)
	for _, s := range scenarios {
		if slices.Contains(in, s.Name) {
			continue
		}
		d, err := read(s)
		if err != nil {
			errs = append(errs, fmt.Errorf("scenario %s: config.yaml: %w", s.Name, err))
			continue
		}
		i := slices.IndexFunc(packs, func(p *joint) bool { return !s.Alone && p.takes(d) })
		if i < 0 {
			packs = append(packs, &joint{document: d, alone: s.Alone, scenarios: []*Scenario{s}})
			continue
		}
		packs[i].add(s, d)
	}
	var all []*pack
	for _, p := range packs {
		config, err := p.write()
		if err != nil {
			errs = append(errs, err)
		}
		all = append(all, &pack{scenarios: p.scenarios, config: config, env: p.env})
	}
	return all, errors.Join(errs...)
}

// document is a configuration cut into what is joined and what must be the same.
type document struct {
	models    *yaml.Node // model_list
	fallbacks *yaml.Node // router_settings.fallbacks; nil: none
	aliases   *yaml.Node // router_settings.model_group_alias; nil: none
	routing   *yaml.Node // routing.groups; nil: none
	rest      *yaml.Node
	same      string // rest, as text
	env       map[string]string
	names     map[string]bool
}

// joint is documents that were joined.
type joint struct {
	*document
	alone     bool
	scenarios []*Scenario
}

func read(s *Scenario) (*document, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(mark(s), &root); err != nil {
		return nil, err
	}
	if len(root.Content) != 1 || root.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("expected one mapping")
	}
	d := &document{rest: root.Content[0], names: map[string]bool{}}
	if d.models = cut(d.rest, "model_list"); d.models == nil {
		return nil, errors.New("no model_list")
	}
	if router := value(d.rest, "router_settings"); router != nil {
		d.fallbacks, d.aliases = cut(router, "fallbacks"), cut(router, "model_group_alias")
		if len(router.Content) == 0 {
			cut(d.rest, "router_settings")
		}
	}
	if routing := value(d.rest, "routing"); routing != nil {
		d.routing = cut(routing, "groups")
		if len(routing.Content) == 0 {
			cut(d.rest, "routing")
		}
	}
	same, err := yaml.Marshal(d.rest)
	if err != nil {
		return nil, err
	}
	d.same, d.env = string(same), maps.Clone(s.Env)
	for _, m := range d.models.Content {
		d.name("group", value(m, "model_name"))
		if info := value(m, "model_info"); info != nil {
			d.name("id", value(info, "id"))
		}
	}
	return d, nil
}

func (d *document) name(kind string, n *yaml.Node) {
	if n == nil {
		return
	}
	d.names[kind+" "+n.Value] = true
	if strings.Contains(n.Value, "*") {
		d.names["pattern"] = true
	}
}

// takes tells whether another document can be joined with these. A pattern would catch names of others.
func (p *joint) takes(d *document) bool {
	return !p.alone && p.same == d.same && !p.names["pattern"] && !d.names["pattern"] && !p.meets(d)
}

// meets tells whether another document names a group or a deployment, or sets a variable, as these do in another way.
func (p *joint) meets(d *document) bool {
	for name := range d.names {
		if p.names[name] && name != "pattern" {
			return true
		}
	}
	for name, value := range d.env {
		if had, ok := p.env[name]; ok && had != value {
			return true
		}
	}
	return false
}

func (p *joint) add(s *Scenario, d *document) {
	p.scenarios = append(p.scenarios, s)
	p.models.Content = append(p.models.Content, d.models.Content...)
	p.fallbacks, p.aliases, p.routing = concat(p.fallbacks, d.fallbacks), concat(p.aliases, d.aliases), concat(p.routing, d.routing)
	maps.Copy(p.names, d.names)
	maps.Copy(p.env, d.env)
}

func concat(a, b *yaml.Node) *yaml.Node {
	if a == nil || b == nil {
		if a == nil {
			return b
		}
		return a
	}
	a.Content = append(a.Content, b.Content...)
	return a
}

// write puts the document together again.
func (p *joint) write() ([]byte, error) {
	put(p.rest, "model_list", p.models)
	if p.fallbacks != nil || p.aliases != nil {
		router := value(p.rest, "router_settings")
		if router == nil {
			router = &yaml.Node{Kind: yaml.MappingNode}
			put(p.rest, "router_settings", router)
		}
		put(router, "fallbacks", p.fallbacks)
		put(router, "model_group_alias", p.aliases)
	}
	if p.routing != nil {
		routing := value(p.rest, "routing")
		if routing == nil {
			routing = &yaml.Node{Kind: yaml.MappingNode}
			put(p.rest, "routing", routing)
		}
		put(routing, "groups", p.routing)
	}
	var buf bytes.Buffer
	e := yaml.NewEncoder(&buf)
	if err := errors.Join(e.Encode(p.rest), e.Close()); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// value returns what stands under a key of a mapping; nil when nothing does.
func value(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// cut takes a key out of a mapping and returns its value.
func cut(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			v := n.Content[i+1]
			n.Content = slices.Delete(n.Content, i, i+2)
			return v
		}
	}
	return nil
}

func put(n *yaml.Node, key string, v *yaml.Node) {
	if v != nil {
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, v)
	}
}
