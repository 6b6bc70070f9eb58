package xds

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"

	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/publish/envoyconfig"
)

// Publisher serves the last publication to every Envoy that asks. It is safe for concurrent use.
type Publisher struct {
	o             Options
	cache         cache.SnapshotCache
	listener      *item
	fixedClusters []*item // the mock's, the agent's

	mu       sync.Mutex
	current  *build // nil: nothing was published yet
	sessions map[streamID]*session
	past     map[string]pastRun // node id -> what it ran when it left
	retired  map[string]retired
	made     map[string]*item // clusters, by the name that tells what they are
}

var _ publish.Publisher = (*Publisher)(nil)

// pastRun is what an Envoy ran when its connection ended.
type pastRun struct {
	*build
	since time.Time
}

// keepPast is how long an Envoy that lost its agent can come back and find that what it runs is still served meanwhile.
const keepPast = 15 * time.Minute

// New returns a publisher, or what is wrong with its options.
func New(o Options) (*Publisher, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	p := &Publisher{
		o: o, sessions: map[streamID]*session{}, past: map[string]pastRun{}, retired: map[string]retired{}, made: map[string]*item{},
		// Not the cache's own mode for ADS: that waits until an Envoy has asked for all that is there, and one asks for
		// secrets only when it has the credentials. The order is made by stages.
		cache: cache.NewSnapshotCache(false, cache.IDHash{}, nil),
	}
	var err error
	if p.listener, err = newItem(envoyconfig.ListenerName, envoyconfig.DiscoveredListener(o.Listen)); err != nil {
		return nil, err
	}
	fixed := []*clusterv3.Cluster{envoyconfig.MockCluster(), envoyconfig.AgentCluster(o.Agent)}
	if o.Module.SHA256 != "" {
		fixed = append(fixed, envoyconfig.ModuleCluster(o.Module))
	}
	for _, c := range fixed {
		made, err := newItem(c.Name, c)
		if err != nil {
			return nil, err
		}
		p.fixedClusters = append(p.fixedClusters, made)
	}
	return p, nil
}

// Publish implements publish.Publisher. An error means that nothing was offered: the publication before it is served on.
func (p *Publisher) Publish(ctx context.Context, of *publish.Publication) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b, err := p.prepare(of)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	left := p.leave(b, now)
	if err := p.finish(b, p.others(now), left); err != nil {
		return err
	}
	p.retired, p.current = left, b
	maps.DeleteFunc(p.made, func(name string, _ *item) bool {
		_, needed := b.wide.GetVersionMap(resource.ClusterType)[name]
		return !needed
	})
	for _, s := range p.sessions {
		if err := p.offer(s, now); err != nil {
			return err
		}
	}
	return nil
}

// leave returns what was retired not long ago, and what the current publication has and the next one has not.
func (p *Publisher) leave(next *build, now time.Time) map[string]retired {
	left := maps.Clone(p.retired)
	maps.DeleteFunc(left, func(_ string, r retired) bool { return now.Sub(r.since) > p.o.Drain })
	if p.current == nil {
		return left
	}
	for name, c := range p.current.clusters {
		if _, stays := next.clusters[name]; !stays {
			left["cluster "+name] = retired{cluster: &c, since: now}
		}
	}
	for name, c := range p.current.credentials {
		if _, stays := next.credentials[name]; !stays {
			left["credential "+name] = retired{credential: &c, since: now}
		}
	}
	return left
}

// others returns the builds that Envoys run, or ran when they were last seen.
func (p *Publisher) others(now time.Time) []*build {
	maps.DeleteFunc(p.past, func(_ string, r pastRun) bool { return now.Sub(r.since) > keepPast })
	var all []*build
	add := func(b *build) {
		if b != nil && !slices.Contains(all, b) {
			all = append(all, b)
		}
	}
	add(p.current)
	for _, s := range p.sessions {
		add(s.running)
		add(s.pinned)
	}
	for _, r := range p.past {
		add(r.build)
	}
	return all
}

// secrets returns all that may stand in what an Envoy says of a resource.
func (p *Publisher) secrets(builds ...*build) []string {
	all := []string{p.o.Agent.Token.Value}
	for _, b := range builds {
		if b != nil {
			all = append(all, b.secrets...)
		}
	}
	return all
}
