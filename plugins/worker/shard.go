package worker

import (
	"encoding/binary"
	"strconv"

	"github.com/routeiq/routeiq/abi"
)

// A shard is what one worker counted, by name, with a key of its own: no worker ever waits for another to write. It is read by
// all on their tick, so a sum is as old as a beat.

// Count is two numbers under a name: all, and those of them that were bad.
type Count struct {
	Name       string
	Total, Bad int
}

// Publish replaces the worker's shard.
func (m *Member) Publish(counts []Count, nowMS int64) {
	id := m.ID(nowMS)
	value := binary.AppendUvarint(nil, uint64(id.Life))
	for _, c := range counts {
		value = binary.AppendUvarint(value, uint64(len(c.Name)))
		value = append(value, c.Name...)
		value = binary.AppendUvarint(value, uint64(c.Total))
		value = binary.AppendUvarint(value, uint64(c.Bad))
	}
	m.store.Swap(shardKey(id.Number), value, 0)
}

// Others adds up the shards of all other living workers, by name.
func (m *Member) Others(nowMS int64) map[string]Count {
	sum := map[string]Count{}
	for id := range m.All() {
		if m.Lost(id, nowMS) {
			continue
		}
		value, _, _ := m.store.Get(shardKey(id.Number))
		for _, c := range parseShard(value, id.Life) {
			all := sum[c.Name]
			sum[c.Name] = Count{c.Name, all.Total + c.Total, all.Bad + c.Bad}
		}
	}
	return sum
}

func shardKey(number uint32) string { return abi.KeyShard + strconv.Itoa(int(number)) }

// parseShard reads the shard of a worker in one of its lives; what another left is not its.
func parseShard(b []byte, life uint32) []Count {
	var counts []Count
	next := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			b = nil
			return 0
		}
		b = b[n:]
		return v
	}
	if next() != uint64(life) {
		return nil
	}
	for len(b) > 0 {
		n := next()
		if n > uint64(len(b)) {
			return nil
		}
		name := string(b[:n])
		b = b[n:]
		counts = append(counts, Count{name, int(next()), int(next())})
	}
	return counts
}
