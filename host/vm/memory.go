package vm

import "github.com/tetratelabs/wazero/experimental"

// heapMemory is linear memory from Go's heap, for systems where no better is to be had. It is copied when it grows.
type heapMemory struct {
	memory []byte
	limit  uint64
}

var _ experimental.LinearMemory = (*heapMemory)(nil)

// Reallocate implements experimental.LinearMemory.
func (m *heapMemory) Reallocate(size uint64) []byte {
	if size > m.limit {
		return nil
	}
	if more := int(size) - len(m.memory); more > 0 {
		m.memory = append(m.memory, make([]byte, more)...)
	}
	return m.memory[:size:size]
}

// Free implements experimental.LinearMemory.
func (m *heapMemory) Free() { m.memory = nil }
