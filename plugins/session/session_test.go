package session

import (
	"strconv"
	"testing"

	"github.com/routeiq/routeiq/plugins/store"
)

const t0, ttl = int64(1_700_000_000_000), int64(1000)

func TestAConversationIsRemembered(t *testing.T) {
	b := Board{new(store.Map)}
	b.Put("g", "s", "d", t0, ttl)
	for _, c := range []struct {
		group, session string
		nowMS          int64
		want           string
	}{
		{"g", "s", t0 + ttl, "d"}, {"g", "s", t0 + ttl + 1, ""}, {"g", "other", t0, ""}, {"h", "s", t0, ""},
	} {
		if got, _ := b.Get(c.group, c.session, c.nowMS, ttl); got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
	b.Put("g", "s", "e", t0+1, ttl)
	if got, at := b.Get("g", "s", t0+1, ttl); got != "e" || at != t0+1 {
		t.Errorf("after a change: %q at %d", got, at)
	}
}

func TestTheSameIsSeldomWritten(t *testing.T) {
	b := Board{new(store.Map)}
	b.Put("g", "s", "d", t0, ttl)
	for _, c := range []struct{ now, want int64 }{{t0 + 249, t0}, {t0 + 250, t0 + 250}} {
		b.Put("g", "s", "d", c.now, ttl)
		if _, at := b.Get("g", "s", c.now, ttl); at != c.want {
			t.Errorf("after %d ms it was written at %d", c.now-t0, at-t0)
		}
	}
}

func TestConversationsAreBounded(t *testing.T) {
	b := Board{new(store.Map)}
	const n = 20_000
	for i := range n {
		b.Put("g", strconv.Itoa(i), "d", t0, ttl)
	}
	kept := 0
	for i := range n {
		if got, _ := b.Get("g", strconv.Itoa(i), t0, ttl); got != "" {
			kept++
		}
	}
	if kept > slots || kept < slots*9/10 {
		t.Errorf("%d of %d are remembered", kept, n)
	}
}

func TestWhatCannotBeReadIsNothing(t *testing.T) {
	b := Board{new(store.Map)}
	for i := range slots {
		b.Store.Swap(key(uint64(i)), []byte("short"), 0)
	}
	if got, _ := b.Get("g", "s", t0, ttl); got != "" {
		t.Errorf("got %q", got)
	}
}
