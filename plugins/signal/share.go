package signal

import (
	"encoding/binary"
	"strconv"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/worker"
)

// What a worker knows stands in segments, keys of its own, by a hash of the deployment's id; and in one more key stands which
// worker that is and when each segment was written. So a tick writes what changed, and reads one key of each
// other worker and of its segments those that changed: its cost follows what happened, not how many deployments there are.

// segments divide the deployments.
const segments = 64

// peer is what is known of another worker.
type peer struct {
	life      uint32
	lost      bool
	writtenMS [segments]uint64
	states    [segments]map[string]*state
}

// Tick writes what changed, and reads what changed at the other workers. It comes after the worker's beat.
func (b *Board) Tick(nowMS int64) {
	b.write(nowMS)
	touched := map[string]bool{}
	for id := range b.worker.All() {
		b.read(id, nowMS, touched)
	}
	for id := range touched {
		if r := b.records[segmentOf(id)][id]; r != nil {
			b.gather(r)
		}
	}
}

// wholeMS is how often a worker writes every segment, changed or not: what somebody else left under its name goes with that.
const wholeMS = 60_000

// write publishes the segments in which something changed.
func (b *Board) write(nowMS int64) {
	id := b.worker.ID(nowMS)
	whole := nowMS-b.wholeMS >= wholeMS || nowMS < b.wholeMS
	if id != b.self {
		b.inherit(id, nowMS)
		b.self, whole = id, true
	}
	if whole {
		b.unlearn(nowMS)
	}
	if len(b.dirty) == 0 && !whole {
		return
	}
	var changed [segments]bool
	for _, r := range b.dirty {
		changed[r.segment] = true
		r.dirty = false
	}
	b.dirty = b.dirty[:0]
	for n := range changed {
		if !changed[n] && !whole {
			continue
		}
		var text []byte
		for _, r := range b.records[n] {
			if !r.own.empty() {
				text = r.own.append(text, r.ID)
			}
		}
		b.store.Swap(segmentKey(id, n), text, 0)
		b.writtenMS[n] = uint64(nowMS)
	}
	if whole {
		b.wholeMS = nowMS
		b.forget(nowMS)
	}
	head := binary.AppendUvarint(nil, uint64(id.Life))
	for _, at := range b.writtenMS {
		head = binary.AppendUvarint(head, at)
	}
	b.store.Swap(headKey(id), head, 0)
}

// learnedMS is how long a strategy's numbers are kept of a worker that learns nothing more: else its part would make those of all
// look old, and a worker that gets no requests any more never learns.
const learnedMS = 2 * 3_600_000

func (b *Board) unlearn(nowMS int64) {
	b.each(func(r *Record) {
		if r.own.kind != "" && nowMS-r.learnedMS > learnedMS {
			r.own.kind, r.own.sums = "", nil
			r.refresh()
		}
	})
}

// inherit takes over what a lost worker of the same number had spent. What was begun under another name of one's own is not
// inherited: it is known.
func (b *Board) inherit(id worker.ID, nowMS int64) {
	if b.self != (worker.ID{}) || id.Life <= 1 {
		return
	}
	var p peer
	head, _, _ := b.store.Get(headKey(id))
	p.parseHead(head)
	for n := range p.writtenMS {
		if p.writtenMS[n] == 0 {
			continue
		}
		text, _, _ := b.store.Get(segmentKey(id, n))
		for name, s := range parseStates(text) {
			if s.spent > 0 {
				r := b.Hold(name)
				b.Release(r)
				r.Spend(s.spent, s.period, nowMS)
			}
		}
	}
}

// read looks what changed at another worker, and notes the deployments it changed for.
func (b *Board) read(id worker.ID, nowMS int64, touched map[string]bool) {
	p := b.peers[id.Number]
	if p == nil {
		p = &peer{}
		b.peers[id.Number] = p
	}
	if lost := b.worker.Lost(id, nowMS); lost != p.lost {
		p.lost = lost
		p.names(touched)
	}
	head, _, ok := b.store.Get(headKey(id))
	if !ok {
		return
	}
	var now peer
	now.parseHead(head)
	if now.life != p.life { // it is another: nothing of the one before it holds
		p.names(touched)
		*p = peer{life: now.life, lost: p.lost}
	}
	for n := range now.writtenMS {
		if now.writtenMS[n] == p.writtenMS[n] {
			continue
		}
		for name := range p.states[n] {
			touched[name] = true
		}
		text, _, _ := b.store.Get(segmentKey(id, n))
		p.states[n] = parseStates(text)
		p.writtenMS[n] = now.writtenMS[n]
		for name := range p.states[n] {
			touched[name] = true
		}
	}
}

func (p *peer) names(into map[string]bool) {
	for n := range p.states {
		for name := range p.states[n] {
			into[name] = true
		}
	}
}

// gather adds up what the others know of a deployment.
func (b *Board) gather(r *Record) {
	var all state
	for _, p := range b.peers {
		s := p.states[r.segment][r.ID]
		switch {
		case s == nil:
		case p.lost:
			heir := s.heir()
			all.merge(&heir)
		default:
			all.merge(s)
		}
	}
	r.rest = all
	r.refresh()
}

// parseHead reads what write wrote; what cannot be read is nothing.
func (p *peer) parseHead(b []byte) {
	d := decoder{b: b}
	p.life = uint32(d.uint())
	for n := range p.writtenMS {
		p.writtenMS[n] = d.uint()
	}
}

// segmentOf is the segment that an id falls into.
func segmentOf(id string) int { return int(abi.SeedOf(id) % segments) }

func headKey(id worker.ID) string { return abi.KeySignals + strconv.Itoa(int(id.Number)) }

func segmentKey(id worker.ID, n int) string { return headKey(id) + "/" + strconv.Itoa(n) }
