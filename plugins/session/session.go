// Package session remembers which deployment served a conversation last, in a bounded number of shared keys: two conversations
// that fall on one key replace each other, and the one that lost is served as if it were new.
package session

import (
	"encoding/binary"
	"strconv"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/store"
)

// slots is how many conversations are remembered at most: 4,096 of some 60 bytes each, for all workers of a proxy.
const slots = 4096

// Board is the conversations of a proxy.
type Board struct{ Store store.Store }

// Get returns the deployment that served a conversation of a group last, and when that was written; "" when there is none
// that is not older than ttlMS.
func (b Board) Get(group, session string, nowMS, ttlMS int64) (deployment string, atMS int64) {
	hash := abi.SeedOf(group + "\x00" + session)
	value, _, _ := b.Store.Get(key(hash))
	if len(value) < 16 || binary.LittleEndian.Uint64(value) != hash {
		return "", 0
	}
	atMS = int64(binary.LittleEndian.Uint64(value[8:]))
	if nowMS-atMS > ttlMS {
		return "", 0
	}
	return string(value[16:]), atMS
}

// Put remembers the deployment that served a conversation. To write the same again would change only the time, so that
// is done when a quarter of ttlMS is over: a conversation does not write at every turn.
func (b Board) Put(group, session, deployment string, nowMS, ttlMS int64) {
	if known, atMS := b.Get(group, session, nowMS, ttlMS); known == deployment && nowMS-atMS < ttlMS/4 {
		return
	}
	hash := abi.SeedOf(group + "\x00" + session)
	value := binary.LittleEndian.AppendUint64(make([]byte, 0, 16+len(deployment)), hash)
	value = append(binary.LittleEndian.AppendUint64(value, uint64(nowMS)), deployment...)
	b.Store.Swap(key(hash), value, 0)
}

func key(hash uint64) string { return abi.KeySession + strconv.Itoa(int(hash%slots)) }
