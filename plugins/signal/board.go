package signal

import (
	"github.com/routeiq/routeiq/plugins/store"
	"github.com/routeiq/routeiq/plugins/worker"
)

// Board is all records of a worker. It is not safe for concurrent use.
type Board struct {
	store     store.Store
	worker    *worker.Member
	records   [segments]map[string]*Record // by segment and id
	dirty     []*Record                    // changed since the last tick
	self      worker.ID                    // under which the segments were written
	writtenMS [segments]uint64
	wholeMS   int64            // when all segments were written last
	peers     map[uint32]*peer // by number
}

// NewBoard returns a board without records.
func NewBoard(s store.Store, w *worker.Member) *Board {
	b := &Board{store: s, worker: w, peers: map[uint32]*peer{}}
	for n := range b.records {
		b.records[n] = map[string]*Record{}
	}
	return b
}

// Hold returns the record of a deployment, for a document that has it.
func (b *Board) Hold(id string) *Record {
	n := segmentOf(id)
	r := b.records[n][id]
	if r == nil {
		r = &Record{ID: id, segment: n, board: b}
		b.records[n][id] = r
		b.gather(r)
	}
	r.holds++
	return r
}

// Release tells that a document that held a record ended.
func (b *Board) Release(r *Record) { r.holds-- }

// Len is how many records there are.
func (b *Board) Len() (n int) {
	for _, records := range b.records {
		n += len(records)
	}
	return n
}

// idleS is how long a record that no document has is kept, in seconds: a deployment that is taken out and put back is known.
const idleS = 600

// each visits every record.
func (b *Board) each(visit func(r *Record)) {
	for _, records := range b.records {
		for _, r := range records {
			visit(r)
		}
	}
}

// forget drops what no document has and nothing happened to.
func (b *Board) forget(nowMS int64) {
	b.each(func(r *Record) {
		if r.holds <= 0 && r.own.inFlight == 0 && !r.dirty && nowMS/1000-r.usedS > idleS {
			delete(b.records[r.segment], r.ID)
		}
	})
}
