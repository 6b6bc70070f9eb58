// Package worker lets the workers of a proxy know of one another. Each has a number and says now and then that it is
// alive; what a worker that is lost held can then be told from what a living one holds. A worker is one VM.
package worker

import (
	"encoding/binary"
	"iter"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/store"
)

// BeatMS is how often a worker says that it is alive; DeadMS after its last word it is held for lost. A worker that is
// busy for so long serves nobody either.
const (
	BeatMS = 1_000
	DeadMS = 10_000
)

// ID names a worker: its number, and how many had that number before it.
type ID struct{ Number, Life uint32 }

// Table is every worker a proxy had at one time, by number.
type Table []Entry

// Entry is one of them.
type Entry struct {
	Life   uint32
	BeatMS int64 // when it last said that it is alive
}

// Lost tells whether a worker is known not to live any more. One the table does not have is too young for it.
func (t Table) Lost(id ID, nowMS int64) bool {
	if int(id.Number) >= len(t) {
		return false
	}
	e := t[id.Number]
	return e.Life > id.Life || e.Life == id.Life && nowMS-e.BeatMS >= DeadMS
}

// Member is a worker's own view. It belongs to one VM, and is not safe for concurrent use.
type Member struct {
	store  store.Store
	joined bool
	id     ID
	saidMS int64 // what its own last beat wrote
	table  Table // as of the last beat
}

// NewMember returns a worker that has not joined yet: it does with its first beat, or when its ID is asked for.
func NewMember(s store.Store) *Member { return &Member{store: s} }

// ID returns who the worker is.
func (m *Member) ID(nowMS int64) ID {
	if !m.joined {
		m.Beat(nowMS)
	}
	return m.id
}

// All returns every other worker the proxy had, as of the last beat: the newest of each number.
func (m *Member) All() iter.Seq[ID] {
	return func(yield func(ID) bool) {
		for i := range m.table {
			if id := (ID{uint32(i), m.table[i].Life}); id != m.id && !yield(id) {
				return
			}
		}
	}
}

// Mine tells whether this worker is the one of all living that does the i-th piece of what they share: until the next beat
// two may think so, or none.
func (m *Member) Mine(i int, nowMS int64) bool {
	rank, living := 0, 1
	for id := range m.All() {
		if !m.Lost(id, nowMS) {
			living++
			if id.Number < m.id.Number {
				rank++
			}
		}
	}
	return i%living == rank
}

// Lost tells whether another worker is known to be lost, as of the last beat.
func (m *Member) Lost(id ID, nowMS int64) bool {
	return m.joined && id != m.id && m.table.Lost(id, nowMS)
}

// Beat says that the worker is alive, and looks who else is. One that had to be held for lost joins anew, under another name:
// what it held may have been given away. So does one that finds another's beat under its name: the first write of a key is
// unconditional, so that of two workers that join a proxy in the same instant each may think it is the first.
func (m *Member) Beat(nowMS int64) {
	type result struct {
		id    ID
		table Table
	}
	r, ok := store.Update(m.store, abi.KeyWorkers, func(old []byte) ([]byte, result, bool) {
		table := parse(old)
		id := m.id
		if own := (Entry{id.Life, m.saidMS}); !m.joined || int(id.Number) >= len(table) || table[id.Number] != own {
			id = table.place(nowMS)
			if int(id.Number) == len(table) {
				table = append(table, Entry{})
			}
		}
		table[id.Number] = Entry{Life: id.Life, BeatMS: nowMS}
		return table.append(nil), result{id, table}, true
	})
	if ok {
		m.joined, m.id, m.saidMS, m.table = true, r.id, nowMS, r.table
	}
}

// place returns the ID of a new worker: the number of one that is lost, else a new number.
func (t Table) place(nowMS int64) ID {
	for i, e := range t {
		if nowMS-e.BeatMS >= DeadMS {
			return ID{uint32(i), e.Life + 1}
		}
	}
	return ID{uint32(len(t)), 1}
}

// parse reads what append wrote; bytes that cannot be read are taken as empty, and every worker joins anew.
func parse(b []byte) Table {
	var t Table
	for len(b) > 0 {
		life, n := binary.Uvarint(b)
		if n <= 0 {
			return nil
		}
		beat, m := binary.Varint(b[n:])
		if m <= 0 {
			return nil
		}
		t = append(t, Entry{uint32(life), beat})
		b = b[n+m:]
	}
	return t
}

func (t Table) append(dst []byte) []byte {
	for _, e := range t {
		dst = binary.AppendVarint(binary.AppendUvarint(dst, uint64(e.Life)), e.BeatMS)
	}
	return dst
}
