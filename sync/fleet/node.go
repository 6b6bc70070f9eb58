package fleet

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/sync/publish"
)

// Node is a proxy, as it is shown.
type Node struct {
	ID        string       `json:"id"`
	Kind      publish.Kind `json:"kind,omitempty"` // empty: it reports here, and another agent serves it
	Connected bool         `json:"connected"`
	Sent      Mark         `json:"sent,omitzero"`
	Accepted  Mark         `json:"accepted,omitzero"` // by the proxy
	Running   Mark         `json:"running,omitzero"`  // by its module, in all workers that report; since the last of them began
	Refused   *Refusal     `json:"refused,omitempty"`
	Workers   []Worker     `json:"workers,omitempty"`
	Counts    []Count      `json:"counts,omitempty"` // newest revision first
}

// Mark is a revision and when something happened to it.
type Mark struct {
	Revision string    `json:"revision"`
	At       time.Time `json:"at"`
}

// Refusal is what a node did not take.
type Refusal struct {
	Node     string    `json:"-"`
	Revision string    `json:"revision"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"at"`
}

// Worker is what the module in one worker of a node says.
type Worker struct {
	Number   int       `json:"number"`
	Revision string    `json:"revision"`
	Document string    `json:"document"` // hex SHA-256
	Since    time.Time `json:"since"`    // by the node's clock
	Reported time.Time `json:"reported"` // by ours
}

// Count is what became of the requests that a revision decided in a node.
type Count struct {
	Revision string `json:"revision"`
	Answered int    `json:"answered"`
	Failed   int    `json:"failed"`

	last time.Time
}

// node is a Node with what is not shown.
type node struct {
	Node
	workers   map[int]*Worker
	counts    map[string]*Count
	connected time.Time // since when it is
	gone      time.Time // since when it is not
	reported  time.Time // last, by any worker
}

func (n *node) connect(at time.Time) {
	if !n.Connected {
		n.Connected, n.connected = true, at
	}
}

func (n *node) report(r *abi.Report, at time.Time) {
	n.reported = at
	if w := n.workers[r.Worker]; w != nil || len(n.workers) < maxWorkers {
		n.workers[r.Worker] = &Worker{
			Number: r.Worker, Revision: r.Revision, Document: r.Document, Since: time.UnixMilli(r.StartedMS).UTC(), Reported: at,
		}
	}
	for _, c := range r.Requests {
		count := n.counts[c.Revision]
		if count == nil {
			count = &Count{Revision: c.Revision}
			n.counts[c.Revision] = count
		}
		count.Answered, count.Failed, count.last = count.Answered+c.Answered, count.Failed+c.Failed, at
	}
	for len(n.counts) > maxCounts {
		delete(n.counts, slices.MinFunc(slices.Collect(maps.Values(n.counts)), older).Revision)
	}
}

func older(a, b *Count) int {
	return cmp.Or(a.last.Compare(b.last), cmp.Compare(b.Revision, a.Revision))
}

// runs tells what the module of a node runs: the revision that every worker reported last which has reported lately, and since
// when the last of them is known to. ok is false when none has, or they differ.
func (n *node) runs(now time.Time, stale time.Duration) (m Mark, ok bool) {
	for _, w := range n.workers {
		switch {
		case now.Sub(w.Reported) > stale:
		case !ok:
			m, ok = Mark{w.Revision, w.Since}, true
		case w.Revision != m.Revision:
			return Mark{}, false
		case w.Since.After(m.At):
			m.At = w.Since
		}
	}
	return m, ok
}

// shown is a copy of what may be shown.
func (n *node) shown(now time.Time, stale time.Duration) Node {
	out := n.Node
	out.Running, _ = n.runs(now, stale)
	if n.Refused != nil {
		r := *n.Refused
		out.Refused = &r
	}
	for _, number := range slices.Sorted(maps.Keys(n.workers)) {
		out.Workers = append(out.Workers, *n.workers[number])
	}
	for _, c := range slices.SortedFunc(maps.Values(n.counts), func(a, b *Count) int { return older(b, a) }) {
		out.Counts = append(out.Counts, *c)
	}
	return out
}
