package hosts

import (
	"time"

	"github.com/routeiq/routeiq/abi/update"
	"github.com/routeiq/routeiq/sync/publish"
)

// A host is gone when it has not asked for this many times the wait it asked for last.
const goneAfter = 3

// minWait is what a shorter wait counts as there: between two polls a host takes an update.
const minWait = time.Second

// node is a host that asks. It is forgotten when it is gone.
type node struct {
	waiting int           // polls under way; two, when the end of one has not been noticed yet
	wait    time.Duration // of its last poll
	offered string        // the tag it was offered last; empty: none since it is known
	timer   *time.Timer   // until it is gone
	asked   int           // counts what was heard of it, so that a timer that fired late does nothing
}

func (n *node) stop() {
	if n.timer != nil {
		n.timer.Stop()
	}
}

// join notes that a host was heard of. p.mu must be held.
func (p *Publisher) join(id string, wait time.Duration) *node {
	n := p.nodes[id]
	if n == nil {
		n = &node{}
		p.nodes[id] = n
	}
	n.asked++
	n.wait = max(wait, minWait)
	n.stop()
	return n
}

// heard notes that a host said what became of an update. Of one that is not known, because it was served by another agent or
// started from what it had kept, that is the first word. p.mu must be held.
func (p *Publisher) heard(result *update.Result, now time.Time) {
	wait := update.DefaultWait
	if known := p.nodes[result.Node]; known != nil {
		wait = known.wait
	} else {
		p.options.Nodes.Sent(result.Node, publish.Host, result.Revision, now)
	}
	p.leave(result.Node, p.join(result.Node, wait))
}

// leave notes that a poll ended, or that a host said something else. p.mu must be held.
func (p *Publisher) leave(id string, n *node) {
	if n.waiting > 0 || p.closed {
		return
	}
	asked := n.asked
	n.stop()
	n.timer = time.AfterFunc(goneAfter*n.wait, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.closed || n.waiting > 0 || n.asked != asked || p.nodes[id] != n {
			return
		}
		delete(p.nodes, id)
		p.log.Warn("a host has not asked for long and is gone", "node", id, "silent_for", goneAfter*n.wait)
		p.options.Nodes.Gone(id, time.Now())
	})
}

// sent notes that a host is offered what is current. p.mu must be held.
func (p *Publisher) sent(id string, n *node, now time.Time) {
	if n.offered == p.current.tag {
		return
	}
	n.offered = p.current.tag
	p.options.Nodes.Sent(id, publish.Host, p.current.revision, now)
}

// news returns what a host that has the update with the tag is to be sent, or nil and what to wait for. Who is not known is
// sent what is current even if it has it, so that it says again what became of that. p.mu must be held.
func (p *Publisher) news(id string, n *node, have string, now time.Time) (*offer, <-chan struct{}) {
	if p.current == nil || n.offered != "" && p.current.tag == have {
		return nil, p.changed
	}
	p.sent(id, n, now)
	return p.current, nil
}
