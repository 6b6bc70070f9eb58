package revision_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/database/databasetest"
	"github.com/routeiq/routeiq/sync/database/postgrestest"
	"github.com/routeiq/routeiq/sync/lease"
	"github.com/routeiq/routeiq/sync/revision"
)

// document is a revision whose content is its name's.
func document(name string, generation uint64) revision.Revision {
	r := revision.Revision{Source: []byte("document " + name), Files: map[string][]byte{"include/" + name: {0, 255, '\n'}}, From: "s3://bucket/" + name, Generation: generation}
	r.ID = revision.ID(r.Source, r.Files)
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// activated puts and activates a revision and returns its id.
func activated(t *testing.T, s *revision.Store, name string, generation uint64) string {
	t.Helper()
	r := document(name, generation)
	must(t, s.Put(t.Context(), r))
	must(t, s.Activate(t.Context(), r.ID, generation))
	return r.ID
}

func state(t *testing.T, s *revision.Store, id string) string {
	t.Helper()
	r, err := s.Get(t.Context(), id)
	must(t, err)
	return r.State
}

// active is the id of what is active, "" for nothing; the head says the same.
func active(t *testing.T, s *revision.Store) string {
	t.Helper()
	r, err := s.Active(t.Context())
	if err != nil && !errors.Is(err, revision.ErrNotFound) {
		t.Fatal(err)
	}
	h, err := s.Head(t.Context())
	must(t, err)
	if h.Active != r.ID {
		t.Fatalf("the head says %q, Active %q", h.Active, r.ID)
	}
	return r.ID
}

// A revision comes back as it was put, through all of its life.
func TestLife(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := revision.NewStore(db)
		if active(t, s) != "" {
			t.Error("an empty store has something active")
		}
		if _, err := s.LastGood(t.Context()); !errors.Is(err, revision.ErrNotFound) {
			t.Errorf("%v", err)
		}
		put := document("a", 3)
		put.CreatedAt = time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
		must(t, s.Put(t.Context(), put))
		got, err := s.Get(t.Context(), put.ID)
		must(t, err)
		if string(got.Source) != string(put.Source) || !maps.EqualFunc(got.Files, put.Files, func(a, b []byte) bool { return string(a) == string(b) }) ||
			got.From != put.From || got.Generation != 3 || !got.CreatedAt.Equal(put.CreatedAt) || !got.ActivatedAt.IsZero() || got.State != revision.Staged {
			t.Errorf("%+v", got)
		}
		if active(t, s) != "" {
			t.Error("what was only put is active")
		}

		before := time.Now().Add(-time.Second)
		must(t, s.Activate(t.Context(), put.ID, 4))
		got, err = s.Active(t.Context())
		must(t, err)
		if got.ID != put.ID || got.State != revision.Active || got.Generation != 4 || got.ActivatedAt.Before(before) || string(got.Source) != string(put.Source) {
			t.Errorf("%+v", got)
		}
		must(t, s.Good(t.Context(), put.ID))
		got, err = s.LastGood(t.Context())
		must(t, err)
		if got.ID != put.ID || got.State != revision.Good || active(t, s) != put.ID {
			t.Errorf("%+v", got)
		}
		if _, err := s.Get(t.Context(), "none"); !errors.Is(err, revision.ErrNotFound) {
			t.Errorf("%v", err)
		}
		if err := s.Activate(t.Context(), "none", 4); !errors.Is(err, revision.ErrNotFound) {
			t.Errorf("%v", err)
		}
	})
}

// A bad revision gives way to the last good one at once, is held, and says why; another content is taken.
func TestBad(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := revision.NewStore(db)
		first := activated(t, s, "first", 1)
		must(t, s.Bad(t.Context(), first, "watch", "5 of 9 failed"))
		if got := active(t, s); got != "" {
			t.Errorf("%s is active, and nothing was ever good", got)
		}
		good := activated(t, s, "good", 1)
		must(t, s.Good(t.Context(), good))
		bad := activated(t, s, "bad", 1)
		must(t, s.Bad(t.Context(), bad, "dry run", "the module refused it"))
		if got := active(t, s); got != good {
			t.Errorf("active is %q, want the last good one", got)
		}
		must(t, s.Bad(t.Context(), bad, "watch", "a later reason"))
		must(t, s.Put(t.Context(), document("bad", 1)))
		r, err := s.Get(t.Context(), bad)
		must(t, err)
		if r.State != revision.Bad || r.Step != "dry run" || r.Reason != "the module refused it" {
			t.Errorf("%+v", r)
		}
		if err := s.Activate(t.Context(), bad, 1); !errors.Is(err, revision.ErrHeld) {
			t.Errorf("%v", err)
		}
		if err := s.Good(t.Context(), bad); !errors.Is(err, revision.ErrHeld) {
			t.Errorf("%v", err)
		}
		corrected := activated(t, s, "bad, corrected", 1)
		if active(t, s) != corrected {
			t.Error("the corrected one is not active")
		}
		// A staged one may be bad too: it was refused before it was ever active.
		refused := document("refused", 1)
		must(t, s.Put(t.Context(), refused))
		must(t, s.Bad(t.Context(), refused.ID, "parse", "line 1"))
		if active(t, s) != corrected || state(t, s, refused.ID) != revision.Bad {
			t.Error("a staged one that is bad changed what is active")
		}
	})
}

// The last good one is what proved itself last, also after a step back by hand, and also when it turns bad later.
func TestLastGood(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := revision.NewStore(db)
		lastGood := func() string {
			r, err := s.LastGood(t.Context())
			must(t, err)
			return r.ID
		}
		a := activated(t, s, "a", 1)
		must(t, s.Good(t.Context(), a))
		b := activated(t, s, "b", 1)
		must(t, s.Good(t.Context(), b))
		c := activated(t, s, "c", 1)
		if lastGood() != b || state(t, s, a) != revision.Good {
			t.Error("an unproven one changed what was good")
		}
		must(t, s.Activate(t.Context(), a, 1))
		if state(t, s, a) != revision.Good || state(t, s, c) != revision.Staged {
			t.Errorf("a is %s, c is %s", state(t, s, a), state(t, s, c))
		}
		must(t, s.Good(t.Context(), a))
		if lastGood() != a {
			t.Error("a proved itself last")
		}
		must(t, s.Bad(t.Context(), a, "watch", ""))
		if lastGood() != b || active(t, s) != b {
			t.Errorf("after the last good one turned bad: %s, active %s", lastGood(), active(t, s))
		}
		if err := s.Good(t.Context(), document("never put", 1).ID); !errors.Is(err, revision.ErrNotFound) {
			t.Errorf("%v", err)
		}
		must(t, s.Put(t.Context(), document("d", 1)))
		if err := s.Good(t.Context(), document("d", 1).ID); err == nil {
			t.Error("good without ever being active")
		}
	})
}

// One id is one content.
func TestConflict(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := revision.NewStore(db)
		r := document("a", 1)
		must(t, s.Put(t.Context(), r))
		must(t, s.Put(t.Context(), r))
		source, files := r, r
		source.Source = []byte("other")
		files.Files = map[string][]byte{"include/a": []byte("other")}
		for _, other := range []revision.Revision{source, files} {
			if err := s.Put(t.Context(), other); !errors.Is(err, revision.ErrConflict) {
				t.Errorf("%v", err)
			}
		}
		if err := s.Put(t.Context(), revision.Revision{Source: r.Source}); err == nil {
			t.Error("kept without an id")
		}
		empty := revision.Revision{ID: revision.ID(nil, nil), Generation: 1}
		must(t, s.Put(t.Context(), empty))
		must(t, s.Put(t.Context(), empty))
	})
}

// Every write of an older generation than one that wrote is refused, and changes nothing.
func TestStale(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := revision.NewStore(db)
		first := activated(t, s, "first", 1)
		second := activated(t, s, "second", 2)
		for name, err := range map[string]error{
			"put":        s.Put(t.Context(), document("third", 1)),
			"activate":   s.Activate(t.Context(), first, 1),
			"activate 0": s.Activate(t.Context(), first, 0),
			"good":       s.As(1).Good(t.Context(), second),
			"bad":        s.As(1).Bad(t.Context(), second, "watch", ""),
		} {
			if !errors.Is(err, revision.ErrStale) || !strings.Contains(err.Error(), "the newest 2") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.Get(t.Context(), document("third", 1).ID); !errors.Is(err, revision.ErrNotFound) {
			t.Errorf("a stale one was kept: %v", err)
		}
		if active(t, s) != second || state(t, s, second) != revision.Active {
			t.Error("a stale write changed what is active")
		}
		must(t, s.As(2).Good(t.Context(), second))
		must(t, s.As(3).Bad(t.Context(), second, "watch", ""))
		if err := s.Activate(t.Context(), first, 2); !errors.Is(err, revision.ErrStale) {
			t.Errorf("a verdict does not count as a write: %v", err)
		}
	})
}

// A leader is stale from the moment another takes the lease, before that one writes anything.
func TestStaleByLease(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := revision.NewStore(db)
		id := activated(t, s, "a", 1)
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		defer wg.Wait()
		defer stop()
		// The lease was held once before: this is generation 2.
		must(t, db.InTx(ctx, "prepare", func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO routeiq_lease (name, holder, generation, acquired_us, expires_us) VALUES ('config_sync', 'gone', 1, 1, 2)")
			return err
		}))
		l, err := lease.New(lease.Options{DB: db, Log: databasetest.Options().Log})
		must(t, err)
		wg.Go(func() { l.Run(ctx) })
		<-l.Changed()
		if g, held := l.Leader(); g != 2 || !held {
			t.Fatalf("generation %d, %v", g, held)
		}
		if err := s.Activate(ctx, id, 1); !errors.Is(err, revision.ErrStale) {
			t.Errorf("%v", err)
		}
		must(t, s.Activate(ctx, id, 2))
	})
}

// The list has the newest first, without content, and no more than asked for.
func TestList(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := revision.NewStore(db)
		base := time.Now()
		for i := range 5 {
			r := document(fmt.Sprint(i), 1)
			r.CreatedAt = base.Add(time.Duration(i) * time.Second)
			must(t, s.Put(t.Context(), r))
		}
		must(t, s.Bad(t.Context(), document("3", 1).ID, "parse", "why"))
		list, err := s.List(t.Context(), 3)
		must(t, err)
		if len(list) != 3 {
			t.Fatalf("%d revisions", len(list))
		}
		for i, r := range list {
			if want := document(fmt.Sprint(4-i), 1); r.ID != want.ID || r.Source != nil || r.Files != nil || r.From != want.From {
				t.Errorf("%d: %+v", i, r)
			}
		}
		if list[1].State != revision.Bad || list[1].Step != "parse" || list[1].Reason != "why" {
			t.Errorf("%+v", list[1])
		}
	})
}

// Agents that write at once: exactly one revision is active after each write, generations never go back, and the last state
// is that of the newest generation.
func TestHammer(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := revision.NewStore(db)
		const agents, rounds = 4, 8
		var newest atomic.Uint64
		var wg sync.WaitGroup
		for agent := range agents {
			wg.Go(func() {
				for round := range rounds {
					generation := newest.Add(1)
					r := document(fmt.Sprint(agent, round), generation)
					for _, err := range []error{s.Put(t.Context(), r), s.Activate(t.Context(), r.ID, generation), s.As(generation).Good(t.Context(), r.ID)} {
						// Another may have come first; then there may be nothing to activate, or nothing known of it.
						if err != nil && !errors.Is(err, revision.ErrStale) {
							t.Error(err)
						}
					}
				}
			})
			wg.Go(func() {
				last := uint64(0)
				for range rounds {
					h, err := s.Head(t.Context())
					if err != nil || h.Generation < last {
						t.Errorf("generation %d after %d, %v", h.Generation, last, err)
					}
					last = h.Generation
					if r, err := s.Active(t.Context()); err == nil && revision.ID(r.Source, r.Files) != r.ID {
						t.Errorf("half a revision: %+v", r)
					}
				}
			})
		}
		wg.Wait()
		h, err := s.Head(t.Context())
		must(t, err)
		if h.Generation != agents*rounds {
			t.Errorf("the newest that wrote is %d of %d", h.Generation, agents*rounds)
		}
		list, err := s.List(t.Context(), 1000)
		must(t, err)
		for _, r := range list {
			if r.State == revision.Active && r.ID != h.Active {
				t.Errorf("%s says it is active, and %s is", r.ID, h.Active)
			}
		}
	})
}

// A PostgreSQL that stops in mid-work is an error soon, not a hang, and all is there when it is back.
func TestPostgresStops(t *testing.T) {
	server := postgrestest.New(t)
	s := revision.NewStore(databasetest.Open(t, server.Database(t)))
	id := activated(t, s, "a", 1)
	must(t, s.Good(t.Context(), id))
	for name, end := range map[string]func() error{"stopped": server.Stop, "killed": server.Kill} {
		var wg sync.WaitGroup
		var ended atomic.Bool
		for worker := range 3 {
			wg.Go(func() {
				for round := 0; !ended.Load(); round++ {
					r := document(fmt.Sprint(name, worker, round), 1)
					if s.Put(t.Context(), r) == nil {
						continue
					}
				}
			})
		}
		must(t, end())
		began := time.Now()
		_, err := s.Active(t.Context())
		if took := time.Since(began); err == nil || took > 5*time.Second || !strings.Contains(err.Error(), "database postgres://") || strings.Contains(err.Error(), "secret-") {
			t.Errorf("%s: after %s: %v", name, took, err)
		}
		ended.Store(true)
		wg.Wait()
		must(t, server.Start())
		// Connections that died are replaced, at the latest by the second try.
		if _, err = s.Active(t.Context()); err != nil {
			_, err = s.Active(t.Context())
		}
		must(t, err)
		must(t, s.Activate(t.Context(), id, 1))
		if active(t, s) != id || state(t, s, id) != revision.Good {
			t.Errorf("%s: something is lost", name)
		}
	}
}
