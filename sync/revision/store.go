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
}

// NewStore is the store in a database whose schema is this build's.
func NewStore(db *database.DB) *Store { return &Store{db: db} }

// As is the same store for one who leads by this generation: Good and Bad are refused too when it is stale.
func (s *Store) As(generation uint64) *Store { return &Store{db: s.db, generation: generation} }

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
	return s.fenced(ctx, "put revision "+r.ID, r.Generation, func(ctx context.Context, tx *sql.Tx) error {
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
	return s.fenced(ctx, "activate revision "+id, generation, func(ctx context.Context, tx *sql.Tx) error {
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
		if errors.Is(err, ErrNotFound) {
			return s.head(ctx, tx, "")
		}
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE routeiq_revision SET activated_us = `+s.db.Now()+` WHERE id = $1`, good.ID); err != nil {
			return err
		}
		return s.head(ctx, tx, good.ID)
	})
}

// fenced runs f in a transaction that only a writer of the newest generation may make.
func (s *Store) fenced(ctx context.Context, what string, generation uint64, f func(context.Context, *sql.Tx) error) error {
	return s.db.InTx(ctx, what, func(ctx context.Context, tx *sql.Tx) error {
		newest, err := s.newest(ctx, tx)
		if err != nil {
			return err
		}
		if generation < newest {
			return fmt.Errorf("%w (this one's is %d, the newest %d)", ErrStale, generation, newest)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE routeiq_head SET generation = $1 WHERE one = 1`, int64(generation)); err != nil {
			return err
		}
		return f(ctx, tx)
	})
}

// judge runs f in a transaction, fenced if this store is As somebody's.
func (s *Store) judge(ctx context.Context, what string, f func(context.Context, *sql.Tx) error) error {
	if s.generation != 0 {
		return s.fenced(ctx, what, s.generation, f)
	}
	return s.db.InTx(ctx, what, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := s.newest(ctx, tx); err != nil {
			return err
		}
		return f(ctx, tx)
	})
}

// newest is the newest generation that wrote or leads. All writers queue at the head's row, so a transaction sees what the
// one before it wrote.
func (s *Store) newest(ctx context.Context, tx *sql.Tx) (uint64, error) {
	var wrote int64
	if err := tx.QueryRowContext(ctx, `SELECT generation FROM routeiq_head WHERE one = 1`+s.db.ForUpdate()).Scan(&wrote); err != nil {
		return 0, err
	}
	leads, err := s.leads(ctx, tx)
	return uint64(max(wrote, leads)), err
}

// leads is the newest generation of a lease. Its rows are held until the transaction ends: a lease that is taken meanwhile
// is taken after this write, not in its middle.
func (s *Store) leads(ctx context.Context, tx *sql.Tx) (newest int64, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT generation FROM routeiq_lease`+s.db.ForShare())
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var g int64
		if err := rows.Scan(&g); err != nil {
			return 0, err
		}
		newest = max(newest, g)
	}
	return newest, rows.Err()
}

// head makes a revision the active one; "": none.
func (s *Store) head(ctx context.Context, tx *sql.Tx, id string) error {
	_, err := tx.ExecContext(ctx, `UPDATE routeiq_head SET active = $1, changed_us = `+s.db.Now()+` WHERE one = 1`, sql.NullString{String: id, Valid: id != ""})
	return err
}
