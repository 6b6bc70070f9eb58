package xds

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/publish/envoyconfig"
)

// stage is how far an Envoy is with the current publication; see the package's comment.
type stage int

const (
	waiting  stage = iota // for a first publication
	making                // old and new together
	fetching              // an Envoy that runs another module has the clusters that have it fetch ours
	swapping              // the new document
	draining              // requests of the old revision end
	settled
)

// session is one stream of an Envoy: what it has, and what it is served. All is guarded by the publisher's mutex.
type session struct {
	id   string // node.id
	key  string // in the cache: a session's own, so that two Envoys of one id do not steer each other
	held held

	target  *build // what it is brought to
	running *build // whose document it accepted on this stream; nil: not known
	pinned  *build // what it ran when its last stream ended
	// module is what it is served now. Before it accepted one it is that which it came with, or none.
	module plugins
	// kept stands for what it came with and we do not have, by kind: a version is all that is known of it, and all that is
	// needed to have it neither sent nor taken away until it is settled.
	kept  map[string]map[string]*item
	stage stage
	timer *time.Timer // ends fetching or draining
}

// plugins are the module in its two roles. They are exchanged together: roles of different code would be in different VMs, and the
// adapter finds the attempts of its router in the VM's memory.
type plugins struct{ router, adapter *item }

// items returns those that are there.
func (p plugins) items() []*item {
	return slices.DeleteFunc([]*item{p.router, p.adapter}, func(i *item) bool { return i == nil })
}

// offer begins to bring an Envoy to the current publication.
func (p *Publisher) offer(s *session, now time.Time) error {
	if s.timer != nil {
		s.timer.Stop()
	}
	s.target, s.stage = p.current, making
	if s.running != nil {
		s.module = s.running.module
	}
	p.o.Nodes.Sent(s.id, publish.Envoy, s.target.revision, now)
	if err := p.serve(s); err != nil {
		return err
	}
	return p.advance(s, now)
}

// serves returns what an Envoy is served at its stage.
func (s *session) serves() snapshot {
	base := s.target.wide
	if s.stage == settled {
		base = s.target.narrow
	}
	snap := maps.Clone(base)
	if s.stage != settled {
		for kind, items := range s.kept {
			var missing []*item
			for name, i := range items {
				if _, ours := snap[kind].versions[name]; !ours {
					missing = append(missing, i)
				}
			}
			if len(missing) > 0 {
				snap[kind] = snap[kind].with(missing...)
			}
		}
	}
	if items := s.module.items(); len(items) > 0 {
		snap[resource.ExtensionConfigType] = snap[resource.ExtensionConfigType].with(items...)
	}
	return snap
}

func (p *Publisher) serve(s *session) error {
	// Never blocks: a stream has room for an answer of each kind, and takes it before it asks for the next.
	if err := p.cache.SetSnapshot(context.Background(), s.key, s.serves()); err != nil {
		return fmt.Errorf("xds: node %q: %w", s.id, err)
	}
	return nil
}

// advance goes on to the next stage as long as the Envoy has acknowledged all of this one.
func (p *Publisher) advance(s *session, now time.Time) error {
	for {
		switch {
		case s.stage == making && s.held.all(s.serves()) && p.mustFetch(s):
			s.stage = fetching
			target := s.target
			s.timer = time.AfterFunc(p.o.Fetch, func() { p.swap(s, target) })
			return nil
		case s.stage == making && s.held.all(s.serves()):
			s.stage, s.module = swapping, s.target.module
		case s.stage == swapping && s.held.all(s.serves()):
			s.running, s.pinned, s.stage = s.target, nil, draining
			p.o.Nodes.Accepted(s.id, s.target.revision, now)
			if len(s.kept) > 0 || !s.target.wide.same(s.target.narrow) {
				target := s.target
				s.timer = time.AfterFunc(p.o.Drain, func() { p.settle(s, target) })
				return nil
			}
			s.stage = settled
		default:
			return nil
		}
		if err := p.serve(s); err != nil {
			return err
		}
	}
}

// mustFetch tells whether an Envoy runs a module that may be another than the one it would fetch. Envoy refuses code that it has not
// yet, and says nothing when it has: it is given time.
func (p *Publisher) mustFetch(s *session) bool {
	was := s.module.adapter
	return p.o.Module.SHA256 != "" && s.running == nil && was != nil && was.version != s.target.module.adapter.version
}

// swap ends fetching.
func (p *Publisher) swap(s *session, target *build) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.target != target || s.stage != fetching {
		return
	}
	s.stage, s.module = swapping, target.module
	if err := p.serve(s); err != nil {
		p.o.Log.Error("an Envoy keeps the module it has", "node", s.id, "error", err)
	}
}

// settle takes away what only older revisions needed.
func (p *Publisher) settle(s *session, target *build) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.target != target || s.stage != draining {
		return
	}
	s.stage, s.kept = settled, nil
	if err := p.serve(s); err != nil {
		p.o.Log.Error("an Envoy keeps what it does not need", "node", s.id, "error", err)
	}
}

// came records what an Envoy brings of a kind when it comes back: versions by name.
func (s *session) came(kind string, versions map[string]string, now snapshot) {
	unknown := map[string]*item{}
	for name, version := range versions {
		i := &item{name, version, &emptypb.Empty{}}
		if kind == resource.ExtensionConfigType && name == envoyconfig.RouterExtension {
			s.module.router = i
			if b := s.pinned; b != nil && b.module.router.version == version {
				s.running, s.module.router = b, b.module.router
			}
			continue
		}
		if kind == resource.ExtensionConfigType && name == envoyconfig.AdapterExtension {
			s.module.adapter = i
			if b := s.pinned; b != nil && b.module.adapter.version == version {
				s.module.adapter = b.module.adapter
			}
			continue
		}
		if _, ours := now.GetVersionMap(kind)[name]; !ours {
			unknown[name] = i
		}
	}
	if len(unknown) == 0 || !slices.Contains(kinds, kind) {
		return
	}
	if s.kept == nil {
		s.kept = map[string]map[string]*item{}
	}
	s.kept[kind] = unknown
}
