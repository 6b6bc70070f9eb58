package xds

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/delta/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/sotw/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
)

const (
	// pingEvery finds Envoys that are gone without a word, as their bootstrap's pings find the agent.
	pingEvery, pingWithin = 30 * time.Second, 10 * time.Second
	// pingsAtMost is how often an Envoy may ping before it is taken for a flood.
	pingsAtMost = 10 * time.Second
	// maxRequest is for an Envoy that comes back and tells the version of everything it has: 100 bytes a resource.
	maxRequest = 64 << 20
)

// Serve answers Envoys until ctx ends or the listener fails; the listener is closed then. Without client-verified TLS it
// serves this machine alone, since keys travel by it, unless AllowPlaintextSecrets says otherwise.
func (p *Publisher) Serve(ctx context.Context, l net.Listener, c *tls.Config) error {
	if err := p.mayServe(l.Addr(), c); err != nil {
		return errors.Join(err, l.Close())
	}
	options := []grpc.ServerOption{
		grpc.MaxRecvMsgSize(maxRequest),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: pingEvery, Timeout: pingWithin}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingsAtMost, PermitWithoutStream: true}),
	}
	if c != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(c)))
	}
	g := grpc.NewServer(options...)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	discoveryv3.RegisterAggregatedDiscoveryServiceServer(g, p.service(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		<-ctx.Done()
		g.Stop() // not gracefully: streams never end by themselves
	}()
	err := g.Serve(l)
	if ctx.Err() != nil {
		err = nil
	}
	stop()
	<-ended
	if err != nil {
		return fmt.Errorf("xds: %w", err)
	}
	return nil
}

func (p *Publisher) mayServe(a net.Addr, c *tls.Config) error {
	if p.o.AllowPlaintextSecrets || a.Network() == "unix" {
		return nil
	}
	if host, _, err := net.SplitHostPort(a.String()); err == nil && local(host) {
		return nil
	}
	switch {
	case c == nil:
		return fmt.Errorf("xds: %s is reached from other machines and has no TLS, and keys travel by it: give a certificate and the authorities of Envoys' certificates, listen on 127.0.0.1, or allow secrets in clear", a)
	case c.ClientAuth != tls.RequireAndVerifyClientCert:
		return fmt.Errorf("xds: %s is reached from other machines and does not verify Envoys' certificates, and keys travel by it: give the authorities of Envoys' certificates", a)
	}
	return nil
}

// service is the one stream that all goes by, in both protocols.
type service struct {
	discoveryv3.UnimplementedAggregatedDiscoveryServiceServer
	whole   sotw.Server
	changes delta.Server
}

func (p *Publisher) service(ctx context.Context) *service {
	e := &events{p, map[streamID]*stream{}}
	return &service{whole: sotw.NewServer(ctx, p.cache, e, sotw.WithOrderedADS()), changes: delta.NewServer(ctx, p.cache, e)}
}

// StreamAggregatedResources implements the ADS of the state of the world.
func (s *service) StreamAggregatedResources(str discoveryv3.AggregatedDiscoveryService_StreamAggregatedResourcesServer) error {
	return s.whole.StreamHandler(str, resource.AnyType)
}

// DeltaAggregatedResources implements the ADS of changes.
func (s *service) DeltaAggregatedResources(str discoveryv3.AggregatedDiscoveryService_DeltaAggregatedResourcesServer) error {
	return s.changes.DeltaStreamHandler(str, resource.AnyType)
}
