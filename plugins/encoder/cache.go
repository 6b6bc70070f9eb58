package encoder

import "crypto/sha256"

// Key is the hash of a text.
type Key [sha256.Size]byte

// KeyOf hashes a text: the cache does not keep it.
func KeyOf(text string) Key { return sha256.Sum256([]byte(text)) }

// Cache holds vectors of the texts that were asked for last. One worker has one; it is not for concurrent use.
type Cache struct {
	most    int
	entries map[Key]*entry
	newest  *entry // a ring: newest.next is the oldest
}

type entry struct {
	key        Key
	vector     []float32
	next, last *entry
}

// NewCache returns a cache of at most so many vectors; 0: of none.
func NewCache(most int) *Cache { return &Cache{most: most, entries: map[Key]*entry{}} }

// Get returns a vector, or nil. It is not to be changed.
func (c *Cache) Get(k Key) []float32 {
	e := c.entries[k]
	if e == nil {
		return nil
	}
	c.unlink(e)
	c.link(e)
	return e.vector
}

// Put keeps a vector, in place of the one that was not asked for longest where there is no room.
func (c *Cache) Put(k Key, vector []float32) {
	if c.most == 0 {
		return
	}
	if e := c.entries[k]; e != nil {
		e.vector = vector
		return
	}
	if len(c.entries) >= c.most {
		oldest := c.newest.next
		c.unlink(oldest)
		delete(c.entries, oldest.key)
	}
	e := &entry{key: k, vector: vector}
	c.entries[k] = e
	c.link(e)
}

// link makes an entry the newest.
func (c *Cache) link(e *entry) {
	if c.newest == nil {
		e.next, e.last = e, e
	} else {
		e.last, e.next = c.newest, c.newest.next
		e.next.last, e.last.next = e, e
	}
	c.newest = e
}

func (c *Cache) unlink(e *entry) {
	if e.next == e {
		c.newest = nil
		return
	}
	e.last.next, e.next.last = e.next, e.last
	if c.newest == e {
		c.newest = e.last
	}
}
