package revision

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/routeiq/routeiq/sync/database"
)

// Store keeps revisions in the agents' database. It is safe for concurrent use, also by several agents: each write is one
// transaction, and one of an older generation than any that wrote or leads is refused with ErrStale.
type Store struct {
	db         *database.DB
	generation uint64 // of As; 0: none
	onBad      Effect // nil: none
}

// Effect is what follows, in the same transaction, when the active revision is found bad; good is what is active from then on, without
// an ID where nothing is.
type Effect func(ctx context.Context, tx *sql.Tx, bad, good Revision) error

// NewStore is the store in a database whose schema is this build's.
func NewStore(db *database.DB) *Store { return &Store{db: db} }

// As is the same store for one who leads by this generation: Good and Bad are refused too when it is stale.
func (s *Store) As(generation uint64) *Store {
	return &Store{db: s.db, generation: generation, onBad: s.onBad}
}

// OnBad is the same store with an effect.
func (s *Store) OnBad(e Effect) *Store {
	return &Store{db: s.db, generation: s.generation, onBad: e}
}

// Head is what all agents serve.
type Head struct {
	Active     string    // id; "": nothing yet
	Generation uint64    // the newest that wrote
	ChangedAt  time.Time // of Active
}

// Put keeps a revision as staged. To put what is there already changes neither its state nor its times, so a bad one stays
// bad. CreatedAt is now where it is zero; ActivatedAt, State, Step and Reason are ignored.
func (s *Store) Put(ctx context.Context, r Revision) error {
	if r.ID == "" {
		return errors.New("a revision without an id cannot be kept; revision.ID makes one")
	}
	files, err := json.Marshal(r.Files) // sorted by path: equal maps are equal bytes
	if err != nil {
		return fmt.Errorf("revision %s: its files: %w", r.ID, err)
	}
	if r.CreatedAt.IsZero() {
		r.CreatedAt = time.Now()
	}
	source := r.Source
	if source == nil {
		source = []byte{}
	}
	return Fenced(ctx, s.db, "put revision "+r.ID, r.Generation, func(ctx context.Context, tx *sql.Tx) error {
		old, err := get(ctx, tx, r.ID)
		switch {
		case errors.Is(err, ErrNotFound):
			_, err = tx.ExecContext(ctx, `INSERT INTO routeiq_revision (id, source, files, origin, generation, created_us, state)
				VALUES ($1, $2, $3, $4, $5, $6, $7)`, r.ID, source, files, r.From, int64(r.Generation), database.Micros(r.CreatedAt), Staged)
			return err
		case err != nil:
			return err
		case !bytes.Equal(old.Source, r.Source) || !maps.EqualFunc(old.Files, r.Files, bytes.Equal):
			return ErrConflict
		}
		_, err = tx.ExecContext(ctx, `UPDATE routeiq_revision SET origin = $2, generation = $3 WHERE id = $1`, r.ID, r.From, int64(r.Generation))
		return err
	})
}

// Activate makes a revision what all agents serve. A good one stays good; of the one it replaces nothing more will be known,
// so it is staged again unless it was good. A bad one is refused with ErrHeld.
func (s *Store) Activate(ctx context.Context, id string, generation uint64) error {
	return Fenced(ctx, s.db, "activate revision "+id, generation, func(ctx context.Context, tx *sql.Tx) error {
		state, _, err := state(ctx, tx, id)
		if err != nil {
			return err
		}
		if state == Bad {
			return ErrHeld
		}
		if _, err := tx.ExecContext(ctx, `UPDATE routeiq_revision SET state = $2 WHERE state = $3 AND id <> $1`, id, Staged, Active); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE routeiq_revision SET state = CASE WHEN state = $2 THEN state ELSE $3 END, generation = $4,
			activated_us = `+s.db.Now()+` WHERE id = $1`, id, Good, Active, int64(generation)); err != nil {
			return err
		}
		return s.head(ctx, tx, id)
	})
}

// Good says that a revision proved itself; it is the last good one from now on. It must have been activated.
func (s *Store) Good(ctx context.Context, id string) error {
	return s.judge(ctx, "call revision "+id+" good", func(ctx context.Context, tx *sql.Tx) error {
		state, activated, err := state(ctx, tx, id)
		if err != nil {
			return err
		}
		if state == Bad {
			return ErrHeld
		}
		if activated == 0 {
			return errors.New("it was never activated, so nothing is known of it")
		}
		_, err = tx.ExecContext(ctx, `UPDATE routeiq_revision SET state = $2, good_us = `+s.db.Now()+` WHERE id = $1`, id, Good)
		return err
	})
}

// Bad says that a revision failed, at which step and why, without secrets; the first reason is kept. Where it was active the
// last good one is so from now on, in the same transaction, so that no agent serves it again after a crash; where there is
// none, nothing is active.
func (s *Store) Bad(ctx context.Context, id, step, reason string) error {
	return s.judge(ctx, "call revision "+id+" bad", func(ctx context.Context, tx *sql.Tx) error {
		state, _, err := state(ctx, tx, id)
		if err != nil {
			return err
		}
		if state == Bad {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE routeiq_revision SET state = $2, step = $3, reason = $4 WHERE id = $1`, id, Bad, step, reason); err != nil {
			return err
		}
		h, err := readHead(ctx, tx)
		if err != nil || h.Active != id {
			return err
		}
		good, err := lastGood(ctx, tx)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if s.onBad != nil {
			bad, err := get(ctx, tx, id)
			if err != nil {
				return err
			}
			bad.Step, bad.Reason = step, reason
			if err := s.onBad(ctx, tx, bad, good); err != nil {
				return err
			}
		}
		if good.ID == "" {
			return s.head(ctx, tx, "")
		}
		if _, err := tx.ExecContext(ctx, `UPDATE routeiq_revision SET activated_us = `+s.db.Now()+` WHERE id = $1`, good.ID); err != nil {
			return err
		}
		return s.head(ctx, tx, good.ID)
	})
}

// judge runs f in a transaction, fenced if this store is As somebody's.
func (s *Store) judge(ctx context.Context, what string, f func(context.Context, *sql.Tx) error) error {
	if s.generation != 0 {
		return Fenced(ctx, s.db, what, s.generation, f)
	}
	return s.db.InTx(ctx, what, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := newest(ctx, s.db, tx); err != nil {
			return err
		}
		return f(ctx, tx)
	})
}

// head makes a revision the active one; "": none.
func (s *Store) head(ctx context.Context, tx *sql.Tx, id string) error {
	_, err := tx.ExecContext(ctx, `UPDATE routeiq_head SET active = $1, changed_us = `+s.db.Now()+` WHERE one = 1`, sql.NullString{String: id, Valid: id != ""})
	return err
}
