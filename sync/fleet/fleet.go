// Package fleet knows the proxies of an agent: what each was offered, took or refused, what its module says it runs, and what
// became of the requests that each revision decided. From that it tells how far a revision has come, and whether it does worse
// than the one before it.
package fleet

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/sync/publish"
)

// Options say how a fleet is looked at. Zero fields are the defaults.
type Options struct {
	// Stale is how long a worker that says nothing counts as running what it said last. It must be longer than the time
	// between two of its reports, and shorter than the time a revision may take to be acknowledged.
	Stale time.Duration
	// Forget is how long a node that is gone is still listed.
	Forget time.Duration
	Policy Policy
}

// The defaults.
const (
	DefaultStale  = 25 * time.Second
	DefaultForget = time.Hour
)

// Bounds of what is remembered: nodes and revisions are named by others.
const (
	maxNodes   = 10_000
	maxWorkers = 1_024 // of a node
	maxCounts  = 8     // revisions of a node that are counted for the status
)

// Fleet is what is known of all nodes. It is safe for concurrent use. Make one with New.
type Fleet struct {
	options Options
	changed chan struct{}

	mu     sync.Mutex
	nodes  map[string]*node
	counts counts
}

var _ publish.Nodes = (*Fleet)(nil)

// New makes a fleet without nodes.
func New(o Options) *Fleet {
	o.Stale = cmp.Or(o.Stale, DefaultStale)
	o.Forget = cmp.Or(o.Forget, DefaultForget)
	o.Policy = o.Policy.complete()
	return &Fleet{
		options: o, changed: make(chan struct{}, 1), nodes: map[string]*node{}, counts: counts{series: map[string]*series{}},
	}
}

// Changed receives when something is new, once for several things. It is for one receiver.
func (f *Fleet) Changed() <-chan struct{} { return f.changed }

// Nodes returns all nodes, by id.
func (f *Fleet) Nodes(now time.Time) []Node {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]Node, 0, len(f.nodes))
	for _, id := range slices.Sorted(maps.Keys(f.nodes)) {
		list = append(list, f.nodes[id].shown(now, f.options.Stale))
	}
	return list
}

// Sent implements publish.Nodes.
func (f *Fleet) Sent(id string, kind publish.Kind, revision string, at time.Time) {
	f.tell(id, at, func(n *node, at time.Time) {
		n.connect(at)
		n.Kind, n.Sent = kind, Mark{revision, at}
	})
}

// Accepted implements publish.Nodes.
func (f *Fleet) Accepted(id, revision string, at time.Time) {
	f.tell(id, at, func(n *node, at time.Time) {
		n.connect(at)
		n.Accepted = Mark{revision, at}
		if n.Refused != nil && n.Refused.Revision == revision {
			n.Refused = nil
		}
	})
}

// Refused implements publish.Nodes.
func (f *Fleet) Refused(id, revision, reason string, at time.Time) {
	f.tell(id, at, func(n *node, at time.Time) {
		n.connect(at)
		n.Refused = &Refusal{Node: id, Revision: revision, Reason: reason, At: at}
	})
}

// Gone implements publish.Nodes.
func (f *Fleet) Gone(id string, at time.Time) {
	f.tell(id, at, func(n *node, at time.Time) { n.Connected, n.gone = false, at })
}

// Reported implements publish.Nodes. That a node reports does not make it connected: its agent may be another one.
func (f *Fleet) Reported(r *abi.Report, at time.Time) {
	f.tell(r.Node, at, func(n *node, at time.Time) { n.report(r, at) })
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts.add(r, at, f.options.Policy.keep())
}

// tell changes a node, which is made when it is not there.
func (f *Fleet) tell(id string, at time.Time, change func(n *node, at time.Time)) {
	at = at.UTC() // as it is shown
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.nodes[id]
	if n == nil {
		f.forget(at)
		if len(f.nodes) >= maxNodes {
			return // who invents names does not fill the memory
		}
		n = &node{Node: Node{ID: id}, workers: map[int]*Worker{}, counts: map[string]*Count{}, gone: at}
		f.nodes[id] = n
	}
	change(n, at)
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

// forget drops nodes that are gone for long.
func (f *Fleet) forget(now time.Time) {
	for id, n := range f.nodes {
		if !n.Connected && now.Sub(n.gone) > f.options.Forget && now.Sub(n.reported) > f.options.Forget {
			delete(f.nodes, id)
		}
	}
}
