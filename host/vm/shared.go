package vm

import "sync"

// Shared is what modules share beyond one VM: data with compare-and-swap and queues, each scoped by vm_id. One Shared
// serves a whole process and outlives every VM and configuration, as in Envoy.
type Shared struct {
	mu     sync.RWMutex
	data   map[string]map[string]entry // by vm_id, key
	cas    uint32
	queues map[queueName]uint32
	queue  map[uint32]*queue
	token  uint32
}

type entry struct {
	value []byte // never changed in place
	cas   uint32
}

type queueName struct{ vmID, name string }

type queue struct {
	items  [][]byte
	notify func(token uint32) // of the plugin that registered last
}

// NewShared returns an empty Shared.
func NewShared() *Shared {
	return &Shared{data: map[string]map[string]entry{}, queues: map[queueName]uint32{}, queue: map[uint32]*queue{}}
}

// Get returns the value of key, which must not be changed, and its number for Set.
func (s *Shared) Get(vmID, key string) (value []byte, cas uint32, ok bool) {
	s.mu.RLock()
	e, ok := s.data[vmID][key]
	s.mu.RUnlock()
	return e.value, e.cas, ok
}

// Set copies value to key. With a cas other than 0 it returns false and changes nothing when key was set since that
// number was got; a key that does not exist is set whatever the cas, as in Envoy.
func (s *Shared) Set(vmID, key string, value []byte, cas uint32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	scope := s.data[vmID]
	if scope == nil {
		scope = map[string]entry{}
		s.data[vmID] = scope
	}
	if old, ok := scope[key]; ok && cas != 0 && cas != old.cas {
		return false
	}
	s.cas++
	if s.cas == 0 { // 0 means "whatever it is"
		s.cas = 1
	}
	scope[key] = entry{append([]byte(nil), value...), s.cas}
	return true
}

// register creates the queue if there is none and makes notify the one that is told of new items.
func (s *Shared) register(vmID, name string, notify func(token uint32)) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := queueName{vmID, name}
	token, ok := s.queues[n]
	if !ok {
		s.token++
		token = s.token
		s.queues[n] = token
		s.queue[token] = &queue{}
	}
	s.queue[token].notify = notify
	return token
}

// resolve returns the token of a queue; 0: there is none.
func (s *Shared) resolve(vmID, name string) uint32 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.queues[queueName{vmID, name}]
}

// enqueue copies value to the end of a queue and tells its plugin.
func (s *Shared) enqueue(token uint32, value []byte) Status {
	s.mu.Lock()
	q := s.queue[token]
	if q == nil {
		s.mu.Unlock()
		return StatusNotFound
	}
	q.items = append(q.items, append([]byte(nil), value...))
	notify := q.notify
	s.mu.Unlock()
	notify(token) // returns at once: the plugin's VM may be the one that is running now
	return StatusOK
}

// dequeue takes the first item of a queue.
func (s *Shared) dequeue(token uint32) ([]byte, Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queue[token]
	if q == nil {
		return nil, StatusNotFound
	}
	if len(q.items) == 0 {
		return nil, StatusEmpty
	}
	item := q.items[0]
	q.items = q.items[1:]
	return item, StatusOK
}
