package xds

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/sync/publish"
)

// identified returns a publication whose clusters and credentials, and what refers to them, are named by what they are:
// NAME@HASH. While a revision is exchanged both meanings of a name are needed at once, and requests of the old revision
// must not go to where the new one is served, nor with its key. A credential's hash is over its headers and the clusters it
// is for, not its secrets: a key that is replaced keeps its name, reaches Envoy as a changed secret and holds at once; a key
// whose deployment moved is another, so that no key reaches a host it was not given for.
func identified(p *publish.Publication) (*publish.Publication, error) {
	q := *p
	places := make(map[string]string, len(p.Clusters)) // cluster -> hash of where it is
	for i, c := range p.Clusters {
		if _, twice := places[c.Name]; twice {
			return nil, fmt.Errorf("clusters[%d]: is named %q like one before it", i, c.Name)
		}
		what := c
		what.Name = ""
		sum, err := hash(what)
		if err != nil {
			return nil, err
		}
		places[c.Name] = sum
	}
	at := map[string]map[string]bool{} // credential -> clusters it is for
	for _, g := range p.Config.Groups {
		for i := range g.Deployments {
			if d := &g.Deployments[i]; d.Credential != "" && d.Unconfigured == "" {
				if at[d.Credential] == nil {
					at[d.Credential] = map[string]bool{}
				}
				at[d.Credential][d.Cluster] = true
			}
		}
	}
	for _, c := range p.Clusters {
		if c.Credential != "" {
			at[c.Credential] = map[string]bool{c.Name: true}
		}
	}
	credentials := make(map[string]string, len(p.Credentials))
	q.Credentials = slices.Clone(p.Credentials)
	for i := range q.Credentials {
		c := &q.Credentials[i]
		type part struct{ Header, Prefix string }
		var what struct {
			Parts []part
			At    []string
		}
		for _, p := range c.Parts {
			what.Parts = append(what.Parts, part{p.Header, p.Prefix})
		}
		for _, cluster := range slices.Sorted(maps.Keys(at[c.Name])) {
			what.At = append(what.At, cluster, places[cluster])
		}
		sum, err := hash(what)
		if err != nil {
			return nil, err
		}
		wire := c.Name + "@" + sum
		credentials[c.Name], c.Name = wire, wire
	}
	clusters := make(map[string]string, len(p.Clusters))
	q.Clusters = slices.Clone(p.Clusters)
	for i := range q.Clusters {
		c := &q.Clusters[i]
		wire := c.Name + "@" + places[c.Name]
		clusters[c.Name], c.Name = wire, wire
		if wire, ok := credentials[c.Credential]; ok {
			c.Credential = wire
		}
	}
	if e := p.Config.Encoder; e != nil {
		own := *e
		own.Cluster = clusters[e.Cluster]
		q.Config.Encoder = &own
	}
	q.Config.Judges = slices.Clone(p.Config.Judges)
	for i := range q.Config.Judges {
		q.Config.Judges[i].Cluster = clusters[q.Config.Judges[i].Cluster]
	}
	q.Config.Groups = slices.Clone(p.Config.Groups)
	for i := range q.Config.Groups {
		g := &q.Config.Groups[i]
		g.Deployments = slices.Clone(g.Deployments)
		for j := range g.Deployments {
			d := &g.Deployments[j]
			if wire, ok := clusters[d.Cluster]; ok {
				d.Cluster = wire
			}
			if wire, ok := credentials[d.Credential]; ok {
				d.Credential = wire
			}
		}
	}
	return &q, nil
}

// hash tells things apart, shortly: a name stands before it.
func hash(what any) (string, error) {
	text, err := json.Marshal(what)
	if err != nil {
		return "", fmt.Errorf("xds: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:4]), nil
}

// Document returns the bytes of the document that Envoys get for a publication: its SHA-256 is what modules report.
func (p *Publisher) Document(of *publish.Publication) ([]byte, error) {
	q, err := identified(of)
	if err != nil {
		return nil, err
	}
	return p.document(q.Config)
}

func (p *Publisher) document(c abi.Config) ([]byte, error) {
	if c.ReportMS == 0 {
		c.ReportMS = int(p.o.ReportEvery.Milliseconds())
	}
	text, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("xds: the document: %w", err)
	}
	return text, nil
}
