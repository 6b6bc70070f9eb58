package agent

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/revision"
)

// shelf is a store in memory, with the rules of the real one.
type shelf struct {
	mu         sync.Mutex
	list       map[string]*revision.Revision
	order      []string
	active     string
	good       map[string]int // when it was called good
	goods      int
	generation uint64
	down       error
}

func newShelf() *shelf { return &shelf{list: map[string]*revision.Revision{}, good: map[string]int{}} }

func (s *shelf) do(f func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		return s.down
	}
	return f()
}

func (s *shelf) Put(_ context.Context, r revision.Revision) error {
	return s.do(func() error {
		if s.list[r.ID] == nil {
			r.State = revision.Staged
			s.list[r.ID] = &r
			s.order = append(s.order, r.ID)
		}
		return nil
	})
}

func (s *shelf) Activate(_ context.Context, id string, generation uint64) error {
	return s.do(func() error {
		r := s.list[id]
		switch {
		case r == nil:
			return revision.ErrNotFound
		case generation < s.generation:
			return revision.ErrStale
		case r.State == revision.Bad:
			return revision.ErrHeld
		}
		s.generation = generation
		if old := s.list[s.active]; old != nil && old.State == revision.Active {
			old.State = revision.Staged
		}
		if r.State != revision.Good {
			r.State = revision.Active
		}
		r.ActivatedAt, s.active = time.Now(), id
		return nil
	})
}

func (s *shelf) Good(_ context.Context, id string) error {
	return s.do(func() error {
		if s.list[id].State == revision.Bad {
			return revision.ErrHeld
		}
		s.goods++
		s.list[id].State, s.good[id] = revision.Good, s.goods
		return nil
	})
}

func (s *shelf) Bad(_ context.Context, id, step, reason string) error {
	return s.do(func() error {
		r := s.list[id]
		if r == nil {
			return revision.ErrNotFound
		}
		if r.State == revision.Bad {
			return nil
		}
		r.State, r.Step, r.Reason = revision.Bad, step, reason
		if s.active == id {
			s.active = ""
			for other := range s.good {
				if s.list[other].State == revision.Good && (s.active == "" || s.good[other] > s.good[s.active]) {
					s.active = other
				}
			}
			if r := s.list[s.active]; r != nil {
				r.ActivatedAt = time.Now()
			}
		}
		return nil
	})
}

func (s *shelf) Active(ctx context.Context) (revision.Revision, error) { return s.Get(ctx, s.active) }

func (s *shelf) Get(_ context.Context, id string) (r revision.Revision, err error) {
	err = s.do(func() error {
		if s.list[id] == nil {
			return revision.ErrNotFound
		}
		r = *s.list[id]
		return nil
	})
	return r, err
}

func (s *shelf) List(_ context.Context, limit int) (list []revision.Revision, err error) {
	err = s.do(func() error {
		for _, id := range slices.Backward(s.order) {
			if len(list) < limit {
				r := *s.list[id]
				r.Source, r.Files = nil, nil
				list = append(list, r)
			}
		}
		return nil
	})
	return list, err
}

func (s *shelf) Head(context.Context) (h revision.Head, err error) {
	err = s.do(func() error {
		h.Active, h.Generation = s.active, s.generation
		return nil
	})
	return h, err
}

func (s *shelf) stateOf(id string) string {
	r, err := s.Get(context.Background(), id)
	if err != nil {
		return err.Error()
	}
	return r.State
}

var errDown = errors.New("the database does not answer")

// realStore is a store in a file of SQLite.
func realStore(t *testing.T) Store {
	t.Helper()
	db, err := database.Open(context.Background(), "file:"+filepath.Join(t.TempDir(), "agent.db"), database.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return revision.NewStore(db)
}
