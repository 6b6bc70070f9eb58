package xds

import (
	"context"
	"maps"
	"strconv"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/delta/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/sotw/v3"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// streamID names a stream: the library numbers those of each protocol by themselves.
type streamID struct {
	delta bool
	n     int64
}

// stream is what is known of a stream beside its session.
type stream struct {
	*session
	sent map[string]sent // by nonce: what awaits its acknowledgement
}

// sent is one answer on its way.
type sent struct {
	kind    string
	build   *build
	version string            // state of the world
	names   map[string]bool   // state of the world: what was asked for
	items   map[string]string // delta: name -> version; "": taken away
}

// events is what the library tells of the streams of one server, by the interfaces of its two protocols.
type events struct {
	*Publisher
	streams map[streamID]*stream // guarded by the publisher's mutex
}

var (
	_ sotw.Callbacks  = (*events)(nil)
	_ delta.Callbacks = (*events)(nil)
)

// of returns the stream, which its first request opens.
func (e *events) of(id streamID, node *corev3.Node) (*stream, error) {
	if s := e.streams[id]; s != nil {
		if node != nil {
			node.Id = s.key
		}
		return s, nil
	}
	if node.GetId() == "" {
		return nil, status.Error(codes.InvalidArgument, "node.id is empty: give each Envoy an id of its own in its bootstrap")
	}
	s := &stream{session: e.open(id, node.GetId()), sent: map[string]sent{}}
	// By this the library finds what is served to the stream, also for requests that do not name their node.
	node.Id = s.key
	e.streams[id] = s
	return s, nil
}

func (e *events) closed(id streamID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s := e.streams[id]; s != nil {
		delete(e.streams, id)
		e.close(id, s.session)
	}
}

// await remembers what was sent, until it is acknowledged.
func (e *events) await(id streamID, nonce string, what sent) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s := e.streams[id]; s != nil {
		what.build = s.target
		s.sent[nonce] = what
	}
}

// OnDeltaStreamOpen implements delta.Callbacks: a stream begins with its first request, which names the node.
func (e *events) OnDeltaStreamOpen(context.Context, int64, string) error { return nil }

// OnDeltaStreamClosed implements delta.Callbacks.
func (e *events) OnDeltaStreamClosed(n int64, _ *corev3.Node) { e.closed(streamID{true, n}) }

// OnStreamDeltaRequest implements delta.Callbacks.
func (e *events) OnStreamDeltaRequest(n int64, req *discoveryv3.DeltaDiscoveryRequest) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	s, err := e.of(streamID{true, n}, req.GetNode())
	if err != nil {
		return err
	}
	return e.deltaRequest(s, req)
}

// OnStreamDeltaResponse implements delta.Callbacks.
func (e *events) OnStreamDeltaResponse(n int64, _ *discoveryv3.DeltaDiscoveryRequest, resp *discoveryv3.DeltaDiscoveryResponse) {
	items := make(map[string]string, len(resp.GetResources())+len(resp.GetRemovedResources()))
	for _, r := range resp.GetResources() {
		items[r.GetName()] = r.GetVersion()
	}
	for _, name := range resp.GetRemovedResources() {
		items[name] = ""
	}
	e.await(streamID{true, n}, resp.GetNonce(), sent{kind: resp.GetTypeUrl(), items: items})
}

// OnStreamOpen implements sotw.Callbacks, as OnDeltaStreamOpen does.
func (e *events) OnStreamOpen(context.Context, int64, string) error { return nil }

// OnStreamClosed implements sotw.Callbacks.
func (e *events) OnStreamClosed(n int64, _ *corev3.Node) { e.closed(streamID{false, n}) }

// OnStreamRequest implements sotw.Callbacks.
func (e *events) OnStreamRequest(n int64, req *discoveryv3.DiscoveryRequest) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	s, err := e.of(streamID{false, n}, req.GetNode())
	if err != nil {
		return err
	}
	return e.wholeRequest(s, req)
}

// OnStreamResponse implements sotw.Callbacks.
func (e *events) OnStreamResponse(_ context.Context, n int64, req *discoveryv3.DiscoveryRequest, resp *discoveryv3.DiscoveryResponse) {
	e.await(streamID{false, n}, resp.GetNonce(), sent{kind: resp.GetTypeUrl(), version: resp.GetVersionInfo(), names: nameSet(req.GetResourceNames())})
}

// nameSet is a list as a set.
func nameSet(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}

// open begins a session.
func (p *Publisher) open(id streamID, node string) *session {
	s := &session{id: node, key: node + " " + strconv.FormatBool(id.delta) + strconv.FormatInt(id.n, 10)}
	if id.delta {
		s.held = heldDelta{}
	} else {
		s.held = heldWhole{}
	}
	if past, ok := p.past[node]; ok {
		s.pinned = past.build
		delete(p.past, node)
	}
	p.sessions[id] = s
	return s
}

// close ends a session, and remembers for a while what the Envoy ran: it runs on, and may come back.
func (p *Publisher) close(id streamID, s *session) {
	delete(p.sessions, id)
	if s.timer != nil {
		s.timer.Stop()
	}
	s.stage = waiting
	p.cache.ClearSnapshot(s.key)
	now := time.Now()
	ran := s.running
	if ran == nil {
		ran = s.pinned
	}
	if ran != nil {
		p.past[s.id] = pastRun{ran, now}
	}
	for _, other := range p.sessions {
		if other.id == s.id {
			return // it is already back
		}
	}
	p.o.Nodes.Gone(s.id, now)
}

// deltaRequest takes in a request of a stream that is told of changes: what the Envoy came with, an acknowledgement or a refusal.
func (p *Publisher) deltaRequest(s *stream, req *discoveryv3.DeltaDiscoveryRequest) error {
	now, kind, has := time.Now(), req.GetTypeUrl(), s.held.(heldDelta)
	if has[kind] == nil {
		has[kind] = map[string]string{}
		maps.Copy(has[kind], req.GetInitialResourceVersions())
		var served snapshot
		if p.current != nil {
			served = p.current.wide
		}
		s.came(kind, req.GetInitialResourceVersions(), served)
		if s.stage == waiting && p.current != nil {
			return p.offer(s.session, now)
		}
		if s.target != nil {
			if err := p.serve(s.session); err != nil {
				return err
			}
		}
		return p.again(s.session, now)
	}
	was, ok := s.sent[req.GetResponseNonce()]
	if !ok {
		return nil
	}
	delete(s.sent, req.GetResponseNonce())
	if e := req.GetErrorDetail(); e != nil {
		p.refused(s.session, was, e, now)
		return nil
	}
	for name, version := range was.items {
		if version == "" {
			delete(has[kind], name)
		} else {
			has[kind][name] = version
		}
	}
	return p.again(s.session, now)
}

// wholeRequest is deltaRequest for a stream that is told the state of the world.
func (p *Publisher) wholeRequest(s *stream, req *discoveryv3.DiscoveryRequest) error {
	now, kind, has := time.Now(), req.GetTypeUrl(), s.held.(heldWhole)
	was, ok := s.sent[req.GetResponseNonce()]
	switch {
	case req.GetResponseNonce() == "":
		// It comes back, with a version from before: all of it is as it was, or it is sent again.
		has[kind] = acknowledged{req.GetVersionInfo(), nameSet(req.GetResourceNames())}
		if s.stage == waiting && p.current != nil {
			if err := p.offer(s.session, now); err != nil {
				return err
			}
		}
		if kind == resource.ExtensionConfigType && s.target != nil && s.stage == making &&
			s.target.wide[kind].with(s.target.module.items()...).version == req.GetVersionInfo() {
			s.module, s.running = s.target.module, s.target
			if err := p.serve(s.session); err != nil {
				return err
			}
		}
	case !ok:
		return nil
	case req.GetErrorDetail() != nil:
		delete(s.sent, req.GetResponseNonce())
		p.refused(s.session, was, req.GetErrorDetail(), now)
		// The library would send what was refused again at once, and for ever. It is told that the Envoy has it.
		req.VersionInfo = was.version
		return nil
	default:
		delete(s.sent, req.GetResponseNonce())
		has[kind] = acknowledged{was.version, was.names}
	}
	return p.again(s.session, now)
}

func (p *Publisher) again(s *session, now time.Time) error {
	if s.target == nil {
		return nil
	}
	return p.advance(s, now)
}

// refused tells of a refusal. The Envoy keeps what it had, and the session stays where it is until something else is published.
func (p *Publisher) refused(s *session, was sent, e *rpcstatus.Status, now time.Time) {
	reason := redact(e.GetMessage(), p.secrets(was.build, p.current, s.running)...)
	p.o.Log.Warn("an Envoy refused a resource", "node", s.id, "kind", was.kind, "reason", reason)
	if was.build != nil {
		p.o.Nodes.Refused(s.id, was.build.revision, reason, now)
	}
}
