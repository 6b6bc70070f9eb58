package shell

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

	"github.com/routeiq/routeiq/plugins/store"
)

// sharedData is the proxy's shared data as a Store: one map for all workers.
//
// A key's first write is unconditional, because proxy-wasm has no "if absent": of two workers that write a key for the
// first time in the same instant one is lost, once in the life of a key.
type sharedData struct{}

var _ store.Store = sharedData{}

// Get implements store.Store.
func (sharedData) Get(key string) ([]byte, uint32, bool) {
	value, version, err := proxywasm.GetSharedData(key)
	return value, version, err == nil
}

// Swap implements store.Store.
func (sharedData) Swap(key string, value []byte, version uint32) bool {
	return proxywasm.SetSharedData(key, value, version) == nil
}
