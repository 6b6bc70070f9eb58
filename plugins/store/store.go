// Package store is the one door of routing to what is shared and remembered: a map of bytes with compare-and-swap.
// In a proxy it is shared data, the same for all workers; in tests it is a Map.
package store

// Store is a map of small values. Values handed out and in are not changed afterwards by either side.
type Store interface {
	// Get returns a value and its version; ok is false when there is none.
	Get(key string) (value []byte, version uint32, ok bool)
	// Swap writes value if the key still has version (0: whatever it has) and tells whether it did.
	Swap(key string, value []byte, version uint32) bool
}

// Tries bounds the compare-and-swap loop of Update: under contention of all workers of a proxy one of them wins each
// round, so more tries than workers are rarely used.
const Tries = 64

// Update changes the value of key with change until no other writer came between, and returns what change returned
// last. change must be pure: it may run several times. It tells with write = false that nothing is to be written.
// Update reports false when it gave up after Tries.
func Update[T any](s Store, key string, change func(old []byte) (value []byte, result T, write bool)) (T, bool) {
	for range Tries {
		old, version, _ := s.Get(key)
		value, result, write := change(old)
		if !write || s.Swap(key, value, version) {
			return result, true
		}
	}
	var none T
	return none, false
}

// Prepare makes a key exist, with an empty value. A key's first write is unconditional, so that of two in one instant one is lost;
// where that must not be, it is done before anybody counts in it.
func Prepare(s Store, key string) {
	if _, _, ok := s.Get(key); !ok {
		s.Swap(key, nil, 0)
	}
}

// Next adds one to the counter at key and returns it: 1 the first time.
func Next(s Store, key string) uint64 {
	n, _ := Update(s, key, func(old []byte) ([]byte, uint64, bool) {
		var n uint64
		for i := len(old) - 1; i >= 0; i-- {
			n = n<<8 | uint64(old[i])
		}
		n++
		value := make([]byte, 8)
		for i := range value {
			value[i] = byte(n >> (8 * i))
		}
		return value, n, true
	})
	return n
}
