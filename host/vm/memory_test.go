package vm

import (
	"testing"

	"github.com/tetratelabs/wazero/experimental"
)

func TestMemoryGrowsAndKeepsItsBytes(t *testing.T) {
	const limit = 1 << 20
	for name, m := range map[string]experimental.LinearMemory{"reserved": reserve(0, limit), "heap": &heapMemory{limit: limit}} {
		b := m.Reallocate(65536)
		if len(b) != 65536 || b[0] != 0 || b[65535] != 0 {
			t.Fatalf("%s: %d bytes", name, len(b))
		}
		b[7] = 42
		b = m.Reallocate(limit)
		if len(b) != limit || b[7] != 42 || b[limit-1] != 0 {
			t.Errorf("%s: after growing: %d bytes, %d", name, len(b), b[7])
		}
		b[limit-1] = 1
		if m.Reallocate(limit+65536) != nil {
			t.Errorf("%s: it grew over its limit", name)
		}
		m.Free()
		m.Free() // wazero may close a module twice
	}
}
