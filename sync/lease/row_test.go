package lease

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/database/databasetest"
)

const long = time.Hour

func taken(t *testing.T, r table, length time.Duration) answer {
	t.Helper()
	a, err := r.take(t.Context(), length)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestRow: one holds it, renewals keep the generation, another's turn grows it.
func TestRow(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		a, b := &row{db, "l", "a"}, &row{db, "l", "b"}
		if got := taken(t, a, long); !got.held || got.generation != 1 {
			t.Fatalf("the first: %+v", got)
		}
		if got := taken(t, a, long); !got.held || got.generation != 1 {
			t.Errorf("renewed: %+v", got)
		}
		if got := taken(t, b, long); got.held || got.holder != "a" || got.remaining <= 0 || got.remaining > long {
			t.Errorf("another, meanwhile: %+v", got)
		}
		if got := taken(t, &row{db, "other", "b"}, long); !got.held || got.generation != 1 {
			t.Errorf("another lease: %+v", got)
		}
		if err := b.release(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := taken(t, b, long); got.held {
			t.Error("who does not hold it gave it back")
		}
		if err := a.release(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := taken(t, b, long); !got.held || got.generation != 2 {
			t.Errorf("after it was given back: %+v", got)
		}
		if got := taken(t, a, long); got.held || got.holder != "b" {
			t.Errorf("the first, afterwards: %+v", got)
		}
		s := &seizing{row: &row{db, "l", "c"}}
		if got := taken(t, s, long); !got.held || got.generation != 3 {
			t.Errorf("one that leads whoever led: %+v", got)
		}
		if got := taken(t, b, long); got.held {
			t.Error("who was before it holds it as well")
		}
	})
}

// TestRowEnds: a lease that nobody renews is another's.
func TestRowEnds(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		a, b := &row{db, "l", "a"}, &row{db, "l", "b"}
		taken(t, a, 200*time.Millisecond)
		got := taken(t, b, long)
		for !got.held {
			ctx, stop := context.WithTimeout(t.Context(), got.remaining+slack)
			<-ctx.Done()
			stop()
			got = taken(t, b, long)
		}
		if got.generation != 2 {
			t.Errorf("got %+v", got)
		}
	})
}

// TestHammer: of many that want it at once one has it.
func TestHammer(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		var wg sync.WaitGroup
		held := make([]bool, 8)
		for i := range held {
			wg.Go(func() {
				r := &row{db, "l", string(rune('a' + i))}
				for range 10 {
					a, err := r.take(t.Context(), long)
					if err != nil {
						t.Error(err)
						return
					}
					held[i] = held[i] || a.held
				}
			})
		}
		wg.Wait()
		n := 0
		for _, h := range held {
			if h {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d hold it", n)
		}
	})
}
