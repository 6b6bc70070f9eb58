package store

import "sync"

// Map is a Store in memory. The zero value is empty and ready; it is safe for concurrent use.
type Map struct {
	mu      sync.Mutex
	entries map[string]entry
	version uint32
}

type entry struct {
	value   []byte
	version uint32
}

var _ Store = (*Map)(nil)

// Get implements Store.
func (m *Map) Get(key string) ([]byte, uint32, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.entries[key]
	return e.value, e.version, ok
}

// Swap implements Store.
func (m *Map) Swap(key string, value []byte, version uint32) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if version != 0 && m.entries[key].version != version {
		return false
	}
	if m.entries == nil {
		m.entries = map[string]entry{}
	}
	m.version++
	m.entries[key] = entry{value, m.version}
	return true
}
