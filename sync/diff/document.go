package diff

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/routeiq/routeiq/abi"
)

// Document is a configuration made ready to be compared. Make one with Compiled or Written.
type Document struct {
	entries  map[string]*entry
	settings map[string]any // by path; a group that comes or goes is one value
}

// entry is one deployment.
type entry struct {
	Entry
	value any                     // compared as a whole first: most deployments are equal
	parts func() map[string]any   // its values by path
	show  func(string, any) shown // how the value at a path may be shown
}

// Entry names a deployment.
type Entry struct {
	ID        string `json:"id"`
	ModelName string `json:"model_name"` // of its group
	Model     string `json:"model"`
	Provider  string `json:"provider,omitempty"`
}

// compiled is what a deployment is, with what a proxy knows of it beside the document.
type compiled struct {
	Group      string `json:"model_name"`
	Deployment abi.Deployment
	Upstream   *abi.Cluster
	Credential string // a hash: of its headers and their values
}

// Compiled makes a compiled configuration ready: the document, and what a proxy knows beside it. nil Config, nothing, is
// what an agent has that has published nothing yet.
func Compiled(c *abi.Config, clusters []abi.Cluster, credentials []abi.Credential) *Document {
	d := &Document{entries: map[string]*entry{}, settings: map[string]any{}}
	if c == nil {
		return d
	}
	reach := make(map[string]*abi.Cluster, len(clusters))
	for i := range clusters {
		reach[clusters[i].Name] = &clusters[i]
	}
	sums := make(map[string]string, len(credentials))
	for i := range credentials {
		sums[credentials[i].Name] = sumOf(&credentials[i])
	}
	for i := range c.Groups {
		g := &c.Groups[i]
		for _, p := range g.Deployments {
			v := compiled{g.Name, p, reach[p.Cluster], sums[p.Credential]}
			d.entries[p.ID] = &entry{
				Entry: Entry{p.ID, g.Name, p.Model, p.Provider}, value: v, show: showCompiled,
				parts: func() map[string]any { return v.parts() },
			}
		}
	}
	d.settings = settingsOf(c)
	return d
}

// parts flattens a deployment: its own values by their names in the document, those of its cluster below "upstream".
func (v compiled) parts() map[string]any {
	out := map[string]any{"model_name": v.Group}
	flatten(out, "", tree(v.Deployment))
	if v.Upstream != nil {
		u := v.Upstream
		out["upstream.scheme"], out["upstream.host"], out["upstream.port"] = u.Scheme, u.Host, float64(u.Port)
		out["upstream.insecure_tls"], out["upstream.connect_timeout_ms"] = u.InsecureTLS, float64(u.ConnectTimeoutMS)
	}
	if v.Credential != "" {
		out[credentialPath] = v.Credential
	}
	return out
}

// sumOf identifies a credential without telling it.
func sumOf(c *abi.Credential) string {
	h := sha256.New()
	line := func(text string) {
		n := sha256.Sum256([]byte(text)) // of one length each: no two lists look alike
		h.Write(n[:])
	}
	for _, p := range c.Parts {
		line(p.Header)
		line(p.Prefix)
		line(p.Secret.Env)
		line(p.Secret.Value)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// settingsOf flattens everything but deployments. The revision is no setting: it follows from the rest.
func settingsOf(c *abi.Config) map[string]any {
	bare := *c
	bare.Groups, bare.Aliases, bare.Revision = nil, nil, ""
	bare.Artifacts = slices.Clone(c.Artifacts)
	for i := range bare.Artifacts {
		bare.Artifacts[i].Numbers, bare.Artifacts[i].Manifest = "", "" // the digest tells them
	}
	out := map[string]any{}
	flatten(out, "", tree(bare))
	for _, g := range c.Groups {
		g.Deployments = nil
		value, _ := tree(g).(map[string]any)
		delete(value, "name")
		delete(value, "deployments")
		out["groups["+g.Name+"]"] = value
	}
	for _, a := range c.Aliases {
		value, _ := tree(a).(map[string]any)
		delete(value, "name")
		out["aliases["+a.Name+"]"] = value
	}
	return out
}

// tree is a value as JSON knows it.
func tree(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		panic("a compiled configuration cannot be encoded: " + err.Error()) // no type in it can fail, and no float is infinite
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		panic("what was encoded cannot be read: " + err.Error())
	}
	return out
}
