package fleet

import (
	"maps"
	"slices"
	"time"
)

// Progress is how far a revision has come.
type Progress struct {
	Running []string  // nodes whose module runs it, in every worker that reports
	Waiting []Waiting // nodes of which that is not known
	Refused []Refusal // by nodes that are connected
	// Mute are nodes that are connected and whose module had not been heard of before either: that it does not tell of this
	// revision says nothing of the revision.
	Mute []string
}

// Waiting is a node that may still begin to run a revision.
type Waiting struct {
	Node string
	From time.Time // when it could have begun: when the revision was published, or the node connected
}

// Progress tells how far a revision has come that was published at a time. Nodes of other agents do not count.
func (f *Fleet) Progress(revision string, published, now time.Time) Progress {
	f.mu.Lock()
	defer f.mu.Unlock()
	var p Progress
	for _, id := range slices.Sorted(maps.Keys(f.nodes)) {
		n := f.nodes[id]
		if !n.Connected {
			continue
		}
		if m, ok := n.runs(now, f.options.Stale); ok && m.Revision == revision {
			p.Running = append(p.Running, id)
			continue
		}
		from := published
		if n.connected.After(from) {
			from = n.connected
		}
		switch {
		case n.Refused != nil && n.Refused.Revision == revision && !n.Refused.At.Before(published):
			p.Refused = append(p.Refused, *n.Refused)
		case n.connected.Before(published) && n.reported.Before(published.Add(-f.options.Stale)):
			p.Mute = append(p.Mute, id)
		default:
			p.Waiting = append(p.Waiting, Waiting{id, from})
		}
	}
	return p
}
