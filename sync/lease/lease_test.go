package lease

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/database/databasetest"
)

// fake is a table in memory, by the bubble's clock, that can be out of reach.
type fake struct {
	mu         sync.Mutex
	holder     string
	generation uint64
	until      time.Time
	down       bool
}

// of is one process's way to it.
type of struct {
	*fake
	name string
}

func (f of) take(_ context.Context, length time.Duration) (answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	switch {
	case f.down:
		return answer{}, errors.New("out of reach")
	case f.fake.holder != f.name && now.Before(f.until):
		return answer{holder: f.fake.holder, generation: f.generation, remaining: f.until.Sub(now)}, nil
	case f.fake.holder != f.name:
		f.generation++
	}
	f.fake.holder, f.until = f.name, now.Add(length)
	return answer{held: true, holder: f.name, generation: f.generation}, nil
}

func (f of) release(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fake.holder == f.name {
		f.until = time.Now()
	}
	return nil
}

func (f *fake) fail(down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = down
}

func holding(t *testing.T, f *fake, name string) (h *holder, stop func()) {
	t.Helper()
	h = newHolder(Options{
		Name: "l", Holder: name, Length: 30 * time.Second, Renew: 10 * time.Second, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}, of{f, name})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); h.Run(ctx) }()
	return h, func() { cancel(); <-ended }
}

func leads(h *holder) bool {
	synctest.Wait()
	_, held := h.Leader()
	return held
}

func TestAFollowerTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fake
		a, stopA := holding(t, &f, "a")
		if !leads(a) {
			t.Fatal("the first does not lead")
		}
		b, stopB := holding(t, &f, "b")
		defer stopB()
		time.Sleep(5 * time.Minute)
		if !leads(a) || leads(b) {
			t.Fatalf("after renewals: a %v, b %v", leads(a), leads(b))
		}
		stopA() // gives it back
		time.Sleep(11 * time.Second)
		if generation, held := b.Leader(); !held || generation != 2 {
			t.Errorf("b: generation %d, leads %v", generation, held)
		}
		select {
		case <-b.Changed():
		default:
			t.Error("b was not told")
		}
	})
}

// TestTheDead: a holder that is gone without a word is followed within its lease.
func TestTheDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{holder: "dead", generation: 7, until: time.Now().Add(30 * time.Second)}
		b, stop := holding(t, &f, "b")
		defer stop()
		time.Sleep(29 * time.Second)
		if leads(b) {
			t.Fatal("it leads before the lease's end")
		}
		time.Sleep(2 * time.Second)
		if generation, held := b.Leader(); !held || generation != 8 {
			t.Errorf("generation %d, leads %v", generation, held)
		}
	})
}

// TestGivesUpByItsOwnClock: who cannot renew stops to lead before another can begin, and leads again when it can.
func TestGivesUpByItsOwnClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fake
		a, stop := holding(t, &f, "a")
		defer stop()
		leads(a)
		f.fail(true)
		time.Sleep(26 * time.Second)
		if !leads(a) {
			t.Error("it gave up although its lease lasts")
		}
		time.Sleep(2 * time.Second)
		f.mu.Lock()
		lasts := time.Now().Before(f.until)
		f.mu.Unlock()
		if leads(a) || !lasts {
			t.Errorf("leads %v while the lease lasts %v: it must have stopped before", leads(a), lasts)
		}
		if s := a.Status(); s.Failures == 0 || !strings.Contains(s.LastError, "out of reach") {
			t.Errorf("status %+v", s)
		}
		f.fail(false)
		time.Sleep(11 * time.Second)
		if !leads(a) {
			t.Error("it does not lead again")
		}
		if s := a.Status(); s.Failures != 0 || s.LastError != "" {
			t.Errorf("status %+v", s)
		}
	})
}

// TestNew: two processes on one PostgreSQL, and one on a SQLite file that another left.
func TestNew(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		start := func(holder string) Lease {
			l, err := New(Options{DB: db, Holder: holder, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() { defer close(ended); l.Run(ctx) }()
			t.Cleanup(func() { stop(); <-ended })
			return l
		}
		first := start("a")
		<-first.Changed()
		if generation, held := first.Leader(); !held || generation != 1 {
			t.Fatalf("the first: %d, %v", generation, held)
		}
		if db.Dialect() == database.PostgreSQL {
			return
		}
		second := start("b") // the file has one agent: it leads at once
		<-second.Changed()
		if generation, held := second.Leader(); !held || generation != 2 {
			t.Errorf("the second: %d, %v", generation, held)
		}
	})
}

func TestOptions(t *testing.T) {
	get := func(env map[string]string) func(string) (string, bool) {
		return func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	}
	o, err := OptionsFrom(get(map[string]string{
		"LLMROUTER_HA_MODE": "Single", "LLMROUTER_CONFIG_SYNC_LEASE_SECONDS": "12", "LLMROUTER_CONFIG_SYNC_RENEW_INTERVAL_SECONDS": "1.5", "LLMROUTER_CONFIG_SYNC_LOCK_NAME": "n",
	}))
	if err != nil || o.Mode != Single || o.Length != 12*time.Second || o.Renew != 1500*time.Millisecond || o.Name != "n" {
		t.Errorf("%+v, %v", o, err)
	}
	_, err = OptionsFrom(get(map[string]string{"LLMROUTER_HA_MODE": "both", "LLMROUTER_CONFIG_SYNC_LEASE_SECONDS": "NaN"}))
	if err == nil || !strings.Contains(err.Error(), "LLMROUTER_HA_MODE") || !strings.Contains(err.Error(), "LEASE_SECONDS") {
		t.Errorf("got %v", err)
	}
	db := databasetest.SQLite(t)
	for name, o := range map[string]Options{
		"renewed too late":   {DB: db, Length: 10 * time.Second, Renew: 6 * time.Second},
		"election on a file": {DB: db, Mode: Election},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
}
