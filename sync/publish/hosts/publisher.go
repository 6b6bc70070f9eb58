// Package hosts brings publications to hosts (routeiq-host --agent), which ask for them over HTTP with long polls. The messages
// are those of package abi/update; the handler also takes what the modules of hosts and Envoys report.
package hosts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/update"
	"github.com/routeiq/routeiq/sync/publish"
)

// Options say how hosts are served. Only Nodes is required.
type Options struct {
	// Nodes is told what becomes of updates. It is called with a lock held, so that it hears things in their order: it must
	// not call the Publisher.
	Nodes publish.Nodes
	Log   *slog.Logger // nil: nothing is logged
	// Token returns the bearer token that hosts show; it is asked at each request, so that it can be changed. nil: there is
	// none, and only a client's certificate that the listener has verified, or a connection from this machine, is let in.
	Token func() (abi.Secret, error)
	// ClearText lets hosts on other machines in without TLS, so that the keys of providers can be read on the network.
	ClearText bool
}

// Publisher serves the last publication to hosts.
type Publisher struct {
	options Options
	log     *slog.Logger
	mux     *http.ServeMux

	mu      sync.Mutex
	current *offer        // nil: nothing was published yet
	changed chan struct{} // closed when current changes
	nodes   map[string]*node
	done    chan struct{} // closed by Close
	closed  bool
}

var (
	_ publish.Publisher = (*Publisher)(nil)
	_ http.Handler      = (*Publisher)(nil)
)

// offer is one publication as it goes over the wire.
type offer struct {
	tag, revision string
	text          []byte
}

// New returns a publisher that has nothing to offer yet: hosts wait.
func New(options Options) *Publisher {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	p := &Publisher{
		options: options, log: options.Log, mux: http.NewServeMux(),
		changed: make(chan struct{}), nodes: map[string]*node{}, done: make(chan struct{}),
	}
	p.mux.HandleFunc("GET "+update.PathUpdate, p.update)
	p.mux.HandleFunc("POST "+update.PathResult, p.result)
	p.mux.HandleFunc("POST "+abi.PathReport, p.report)
	return p
}

// Paths are the patterns the handler answers, for the mux it is mounted in.
func Paths() []string {
	return []string{"GET " + update.PathUpdate, "POST " + update.PathResult, "POST " + abi.PathReport}
}

// Publish implements publish.Publisher: hosts that wait are answered, the others are when they ask. What is served already
// is not offered again.
func (p *Publisher) Publish(ctx context.Context, publication *publish.Publication) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	document, err := json.Marshal(publication.Config)
	if err != nil {
		return fmt.Errorf("revision %s for hosts: the document: %w", publication.Revision, err)
	}
	u := update.Update{
		Revision: publication.Revision, Document: document, Clusters: publication.Clusters, Credentials: publication.Credentials,
		CORS: publication.CORS,
	}
	o := &offer{revision: u.Revision}
	if o.text, o.tag, err = u.Encode(); err != nil {
		return fmt.Errorf("revision %s for hosts: %w", publication.Revision, err)
	}
	if len(o.text) > update.MaxBytes {
		return fmt.Errorf("revision %s for hosts: it has %d bytes, hosts take at most %d; split the configuration", o.revision, len(o.text), update.MaxBytes)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errors.New("hosts are not served any more")
	}
	if p.current != nil && p.current.tag == o.tag {
		return nil
	}
	p.current = o
	now := time.Now()
	for id, n := range p.nodes {
		if n.waiting > 0 {
			p.sent(id, n, now)
		}
	}
	close(p.changed)
	p.changed = make(chan struct{})
	return nil
}

// Close ends all polls, so that the server they are served by can end. The hosts try again.
func (p *Publisher) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	close(p.done)
	for _, n := range p.nodes {
		n.stop()
	}
}
