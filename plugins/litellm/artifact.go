package litellm

import (
	"errors"
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/artifact/bundle"
	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/strategy"
)

// opened is an artifact that a strategy names.
type opened struct {
	*bundle.Artifact
	at *node // where it is named first
}

// artifactPolicy reads which artifacts are taken: routing.artifacts.
func (c *compiler) artifactPolicy(root *node) {
	block := c.mapping(root.get("routing").get("artifacts"))
	c.keys(block, artifactKeys)
	if must, ok := c.boolean(block.get("require_signature")); ok {
		c.trust.RequireSignature = must
	}
	keys := c.mapping(block.get("keys"))
	if keys != nil {
		for _, m := range keys.keys {
			text, ok := c.text(m.value)
			if !ok {
				continue
			}
			key, err := bundle.ParseKey(text)
			if err != nil {
				c.refuseAt(m.value, err.Error())
				continue
			}
			if c.trust.Keys == nil {
				c.trust.Keys = bundle.Keys{}
			}
			c.trust.Keys[m.name] = key
		}
	}
	if c.trust.RequireSignature && len(c.trust.Keys) == 0 {
		c.refuseAt(block, "has require_signature and no keys: add keys: {NAME: the public key in base64}")
	}
}

// artifact opens the artifact that a value names, and returns what the document calls it.
func (c *compiler) artifact(n *node) (name string, ok bool) {
	text, ok := c.text(n)
	if !ok || text == "" {
		if ok {
			c.refuseAt(n, "is empty, expected "+string(routing.Artifact))
		}
		return "", false
	}
	name = withoutSecrets(text)
	if c.opened[name] != nil {
		return name, true
	}
	if c.unreadable[name] {
		return "", false // said already
	}
	a, err := bundle.Open(text, func(file string) ([]byte, error) { return c.src.Read(beside(n.file, file)) }, c.trust)
	if err != nil {
		// What reads a file tells its URL, with what may be a secret in it.
		for _, part := range append(bundle.Parts(text), text) {
			err = errors.New(strings.ReplaceAll(err.Error(), part, withoutSecrets(part)))
		}
		c.refuseAt(n, "names an artifact that cannot be used: "+strings.ReplaceAll(err.Error(), "\n", "; "))
		if c.unreadable == nil {
			c.unreadable = map[string]bool{}
		}
		c.unreadable[name] = true
		return "", false
	}
	a.Document.Name = name
	if c.opened == nil {
		c.opened = map[string]*opened{}
	}
	c.opened[name] = &opened{a, n}
	return name, true
}

// withoutSecrets is a URL without what may be one: user, password, query and fragment.
func withoutSecrets(text string) string {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return text
	}
	if at := strings.IndexAny(rest, "?#"); at >= 0 {
		rest = rest[:at]
	}
	authority, path, _ := strings.Cut(rest, "/")
	if _, host, found := strings.Cut(authority, "@"); found {
		authority = host
	}
	return scheme + "://" + strings.TrimSuffix(authority+"/"+path, "/")
}

// artifacts adds the opened artifacts to the document, and holds each against the groups that go by it.
func (c *compiler) artifacts(out *Compiled) {
	encoders := map[string]*opened{}
	for i := range out.Config.Groups {
		g := &out.Config.Groups[i]
		c.artifactOf(out, g, &g.Strategy, encoders)
		if g.Shadow != nil {
			c.artifactOf(out, g, &g.Shadow.Strategy, encoders)
		}
	}
	c.encoders(out, encoders)
}

// artifactOf adds the artifact that a strategy of a group goes by.
func (c *compiler) artifactOf(out *Compiled, g *abi.ModelGroup, ref *abi.StrategyRef, encoders map[string]*opened) {
	k := strategy.Registry()[ref.Name]
	if k == nil || len(k.Artifacts) == 0 {
		return
	}
	a := c.opened[ref.Args.Text("artifact")]
	if a == nil {
		return // refused already
	}
	if err := k.Takes(a.Manifest); err != nil {
		c.refuseAt(a.at, quote(a.Document.Name)+" "+err.Error())
		return
	}
	c.labels(k, g, ref, a)
	if e := a.Manifest.Encoder; e != nil {
		encoders[e.ID] = a
	}
	if !slices.ContainsFunc(out.Config.Artifacts, func(other abi.Artifact) bool { return other.Name == a.Document.Name }) {
		out.Config.Artifacts = append(out.Config.Artifacts, a.Document)
	}
}

// labels makes sure that every label of an artifact means a deployment of the group, and every deployment has a label.
func (c *compiler) labels(k *routing.Kind, g *abi.ModelGroup, ref *abi.StrategyRef, a *opened) {
	s, err := k.Make(ref.Args)
	if err != nil {
		return // refused already
	}
	price := func(d *abi.Deployment, label string) {
		if p, priced := a.Manifest.Prices[label]; priced && d.Price == nil {
			d.Price = &abi.Price{Input: p.Input / 1e6, Output: p.Output / 1e6}
		}
	}
	placer := s.(routing.Placer) // of every strategy that goes by artifacts
	rows := ref.Args.Rows("labels")
	for _, label := range c.meaningless(quote(a.Document.Name), placer, a.Manifest.Labels, g, a.at, price) {
		if row := abi.RowOf(rows, label); row == nil || len(row.Values) > 0 {
			c.refuseAt(a.at, quote(a.Document.Name)+" has the label "+quote(label)+", which means no deployment of "+quote(g.Name)+
				": name its deployments under labels, or give it an empty list there")
		}
	}
	for _, row := range rows {
		if !slices.Contains(a.Manifest.Labels, row.Key) {
			c.refuseAt(a.at, "labels: "+quote(row.Key)+" is no label of "+quote(a.Document.Name)+", expected one of "+quoteAll(a.Manifest.Labels))
		}
	}
}
