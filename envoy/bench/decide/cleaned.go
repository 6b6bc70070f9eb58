package decide

import "github.com/routeiq/routeiq/plugins/store"

// cleaned is a store that remembers what was written, so that it can be made empty: a proxy's shared data outlives a case, and
// the workers of one are not to read what those of another left.
type cleaned struct {
	store.Store
	keys map[string]bool
}

// Swap implements store.Store.
func (c *cleaned) Swap(key string, value []byte, version uint32) bool {
	c.keys[key] = true
	return c.Store.Swap(key, value, version)
}

func (c *cleaned) empty() {
	for key := range c.keys {
		c.Store.Swap(key, nil, 0)
	}
}
