package xds

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	"google.golang.org/protobuf/proto"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/publish/envoyconfig"
)

// build is a publication made into resources.
type build struct {
	revision    string
	clusters    map[string]abi.Cluster
	credentials map[string]abi.Credential
	maxBody     int
	attemptIdle int // milliseconds
	cors        abi.CORS
	secrets     []string

	module plugins  // the module, with the document
	narrow snapshot // all else that the revision needs
	wide   snapshot // and what other revisions need that requests may still be on
}

// retired is what a revision left behind.
type retired struct {
	cluster    *abi.Cluster
	credential *abi.Credential
	since      time.Time
}

// prepare makes a publication into a build, without what is shared with others.
func (p *Publisher) prepare(of *publish.Publication) (*build, error) {
	q, err := identified(of)
	if err != nil {
		return nil, err
	}
	in := &envoyconfig.Input{
		Config: q.Config, Clusters: q.Clusters, Credentials: q.Credentials,
		// What stands in the bootstrap is not a publication's business, but Check wants it.
		Listen: p.o.Listen, Admin: envoyconfig.Address{Host: "127.0.0.1"}, Module: p.o.Module.File, CABundle: p.o.CABundle,
	}
	if err := in.Check(); err != nil {
		return nil, err
	}
	text, err := p.document(q.Config)
	if err != nil {
		return nil, err
	}
	b := &build{
		revision: of.Revision, clusters: map[string]abi.Cluster{}, credentials: map[string]abi.Credential{},
		maxBody: q.Config.Limits.MaxBodyBytes, attemptIdle: q.Config.AttemptIdleMS(), cors: of.CORS,
	}
	if b.module.adapter, err = newItem(envoyconfig.AdapterExtension, envoyconfig.DiscoveredAdapter(p.o.Module, of.Revision)); err != nil {
		return nil, err
	}
	if b.module.router, err = newItem(envoyconfig.RouterExtension, envoyconfig.DiscoveredRouter(p.o.Module, text)); err != nil {
		return nil, err
	}
	clusters, credentials := in.Used()
	for _, c := range clusters {
		b.clusters[c.Name] = c
	}
	for _, c := range credentials {
		if len(c.Parts) > envoyconfig.CredentialParts {
			return nil, fmt.Errorf("credential %q: has %d secret headers, expected at most %d where Envoy is configured by xDS: take secrets out of extra_headers", plainName(c.Name), len(c.Parts), envoyconfig.CredentialParts)
		}
		c.Parts = slices.Clone(c.Parts)
		for i := range c.Parts {
			s := &c.Parts[i].Secret
			if s.Env != "" && !p.o.KeysFromEnvoy {
				if s.Value == "" {
					return nil, fmt.Errorf("credential %q: the variable %s is not set here: set it, or leave keys to the Envoys' environment", plainName(c.Name), s.Env)
				}
				s.Env = ""
			}
			if s.Value != "" {
				b.secrets = append(b.secrets, s.Value)
			}
		}
		b.credentials[c.Name] = c
	}
	return b, nil
}

// plainName is the name before its hash was put behind it.
func plainName(wire string) string {
	if i := strings.LastIndexByte(wire, '@'); i > 0 {
		return wire[:i]
	}
	return wire
}

// finish makes the snapshots: of the build alone, and with what others still need. What is in both wins as the build has it:
// a key that was replaced holds for all.
func (p *Publisher) finish(b *build, others []*build, left map[string]retired) error {
	narrow := &build{clusters: b.clusters, credentials: b.credentials, maxBody: b.maxBody, attemptIdle: b.attemptIdle, cors: b.cors}
	wide := &build{clusters: maps.Clone(b.clusters), credentials: maps.Clone(b.credentials), maxBody: b.maxBody, attemptIdle: b.attemptIdle, cors: b.cors}
	for _, r := range left {
		if c := r.cluster; c != nil {
			wide.clusters[c.Name] = *c
		}
		if c := r.credential; c != nil {
			addTo(wide.credentials, c.Name, *c)
		}
	}
	for _, o := range others {
		for name, c := range o.clusters {
			wide.clusters[name] = c
		}
		for name, c := range o.credentials {
			addTo(wide.credentials, name, c)
		}
		// While both are used the larger bound holds: each document has its own, smaller or equal.
		wide.maxBody, wide.attemptIdle = max(wide.maxBody, o.maxBody), max(wide.attemptIdle, o.attemptIdle)
	}
	var err error
	if b.narrow, err = p.snapshot(narrow); err != nil {
		return err
	}
	b.wide = b.narrow
	if len(wide.clusters) != len(narrow.clusters) || len(wide.credentials) != len(narrow.credentials) || wide.maxBody != narrow.maxBody || wide.attemptIdle != narrow.attemptIdle {
		b.wide, err = p.snapshot(wide)
	}
	return err
}

func addTo[V any](m map[string]V, name string, v V) {
	if _, ok := m[name]; !ok {
		m[name] = v
	}
}

// snapshot makes all resources but the module's.
func (p *Publisher) snapshot(b *build) (snapshot, error) {
	clusters := slices.Clone(p.fixedClusters)
	names := []string{abi.MockCluster}
	for _, name := range slices.Sorted(maps.Keys(b.clusters)) {
		names = append(names, name)
		made, ok := p.made[name] // by the name alone: it tells what is in it
		if !ok {
			pb := envoyconfig.Cluster(b.clusters[name], p.o.CABundle)
			if c := b.clusters[name]; c.Own {
				envoyconfig.Own(pb, b.credentials[c.Credential], envoyconfig.FromAgent())
			}
			// People know a cluster's statistics by the deployment's name, wherever it is served.
			pb.AltStatName = plainName(name)
			var err error
			if made, err = newItem(name, pb); err != nil {
				return nil, err
			}
			p.made[name] = made
		}
		clusters = append(clusters, made)
	}
	var errs error
	add := func(to []*item, name string, m proto.Message) []*item {
		i, err := newItem(name, m)
		if err != nil {
			errs = err
			return to
		}
		return append(to, i)
	}
	routes := add(nil, envoyconfig.RouteName, envoyconfig.Routes{Clusters: names, MaxBodyBytes: b.maxBody, AttemptIdleMS: b.attemptIdle, CORS: b.cors}.Configuration())
	var secrets, extensions []*item
	if p.o.Agent.HasToken() {
		secrets = add(secrets, envoyconfig.AgentToken, envoyconfig.Secret(envoyconfig.AgentToken, p.o.Agent.Token))
	}
	credentials := make([]abi.Credential, 0, len(b.credentials))
	for _, name := range slices.Sorted(maps.Keys(b.credentials)) {
		c := b.credentials[name]
		credentials = append(credentials, c)
		for i, part := range c.Parts {
			secret := envoyconfig.SecretName(name, i)
			secrets = add(secrets, secret, envoyconfig.Secret(secret, part.Secret))
		}
	}
	for _, c := range envoyconfig.KeyClusters(credentials) {
		clusters = add(clusters, c.Name, c)
	}
	for part := range envoyconfig.CredentialParts {
		extensions = add(extensions, envoyconfig.CredentialExtension(part), envoyconfig.DiscoveredCredentials(part, credentials))
	}
	if errs != nil {
		return nil, errs
	}
	return snapshot{
		resource.ClusterType: newKind(clusters...), resource.ListenerType: newKind(p.listener), resource.RouteType: newKind(routes...),
		resource.ExtensionConfigType: newKind(extensions...), resource.SecretType: newKind(secrets...),
	}, nil
}

// redact takes secrets out of what Envoy says, which may quote a resource, and bounds its length.
func redact(text string, secrets ...string) string {
	for _, s := range secrets {
		if s == "" {
			continue
		}
		quoted := strconv.Quote(s)
		for _, form := range []string{s, quoted[1 : len(quoted)-1]} {
			text = strings.ReplaceAll(text, form, "[redacted]")
		}
	}
	const most = 2000
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
