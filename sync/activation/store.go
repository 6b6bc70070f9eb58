package activation

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/revision"
)

// Store keeps activations in the agents' database. It is safe for concurrent use, also by several agents: each write is one
// transaction, and one of an older generation than any that wrote or leads is refused with revision.ErrStale.
type Store struct{ db *database.DB }

// NewStore is the store in a database whose schema is this build's.
func NewStore(db *database.DB) *Store { return &Store{db: db} }

// Stage keeps an activation whose trial passed, with its artifact. Its id, state and times are given here.
func (s *Store) Stage(ctx context.Context, generation uint64, a Activation, content Artifact) (Activation, error) {
	a.State, a.Digest = Staged, content.Digest
	err := revision.Fenced(ctx, s.db, "stage an artifact for group "+a.Group, generation, func(ctx context.Context, tx *sql.Tx) (err error) {
		_, err = tx.ExecContext(ctx, `INSERT INTO routeiq_artifact (digest, manifest, numbers, origin, size, actor, created_us)
			VALUES ($1, $2, $3, $4, $5, $6, `+s.db.Now()+`) ON CONFLICT (digest) DO NOTHING`,
			content.Digest, content.Manifest, content.Numbers, content.Origin, len(content.Manifest)+len(content.Numbers), content.By)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE routeiq_activation SET state = $1, reason = 'another was staged', changed_by = $2, changed_us = `+s.db.Now()+`
			WHERE model_group = $3 AND state = $4`, Superseded, a.By, a.Group, Staged); err != nil {
			return err
		}
		a, err = s.insert(ctx, tx, a)
		return err
	})
	return a, err
}

// Reject keeps that a trial failed, and why, without secrets. The artifact is not kept; what is staged or active stays.
func (s *Store) Reject(ctx context.Context, generation uint64, a Activation) (Activation, error) {
	a.State, a.Digest = Rejected, ""
	err := revision.Fenced(ctx, s.db, "reject an artifact for group "+a.Group, generation, func(ctx context.Context, tx *sql.Tx) (err error) {
		a, err = s.insert(ctx, tx, a)
		return err
	})
	return a, err
}

// Promote makes the one that is staged for a group active: the one of an id, or where that is 0 the last that was tried. ErrNotStaged:
// there is none, or the last did not pass; ErrNotFound: nothing was ever tried for that group.
func (s *Store) Promote(ctx context.Context, generation uint64, group string, id int64, by string) (a Activation, err error) {
	err = revision.Fenced(ctx, s.db, "promote what is staged for group "+group, generation, func(ctx context.Context, tx *sql.Tx) error {
		if a, err = candidate(ctx, tx, group, id); err != nil {
			return err
		}
		if err := s.change(ctx, tx, Superseded, "another was promoted", by, `model_group = $4 AND state = $5`, group, Active); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE routeiq_activation SET promoted_us = `+s.db.Now()+` WHERE id = $1`, a.ID); err != nil {
			return err
		}
		if err := s.change(ctx, tx, Active, "", by, `id = $4`, a.ID); err != nil {
			return err
		}
		a, err = one(ctx, tx, `WHERE id = $1`, a.ID)
		return err
	})
	return a, err
}

// Rollback takes the active one of a group out, and makes the one before it active, which is returned; nil: there is none, and the
// operator's own configuration holds. ErrNothing: none was active.
func (s *Store) Rollback(ctx context.Context, generation uint64, group, by string) (before *Activation, err error) {
	err = revision.Fenced(ctx, s.db, "roll back group "+group, generation, func(ctx context.Context, tx *sql.Tx) error {
		active, err := one(ctx, tx, `WHERE model_group = $1 AND state = $2`, group, Active)
		if errors.Is(err, ErrNotFound) {
			return ErrNothing
		}
		if err != nil {
			return err
		}
		if err := s.change(ctx, tx, RolledBack, "rolled back by hand", by, `id = $4`, active.ID); err != nil {
			return err
		}
		previous, err := one(ctx, tx, previousOf, group, Superseded, active.ID)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.change(ctx, tx, Active, "", by, `id = $4`, previous.ID); err != nil {
			return err
		}
		previous.State, previous.Reason = Active, ""
		before = &previous
		return nil
	})
	return before, err
}

// previousOf finds what a rollback brings back.
const previousOf = `WHERE model_group = $1 AND state = $2 AND promoted_us > 0 AND id < $3 ORDER BY id DESC LIMIT 1`

// candidate is what a promotion makes active.
func candidate(ctx context.Context, tx *sql.Tx, group string, id int64) (Activation, error) {
	a, err := one(ctx, tx, `WHERE model_group = $1 AND (id = $2 OR $3 = 0) ORDER BY id DESC LIMIT 1`, group, id, id)
	switch {
	case err != nil:
		return a, err
	case a.State == Staged:
		return a, nil
	}
	return a, fmt.Errorf("%w: the last one for group %q, %d, is %s%s: stage one first", ErrNotStaged, group, a.ID, a.State, because(a.Reason))
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

// change gives the activations of a condition, whose arguments begin with $4, another state.
func (s *Store) change(ctx context.Context, tx *sql.Tx, to State, reason, by, where string, args ...any) error {
	_, err := tx.ExecContext(ctx, `UPDATE routeiq_activation SET state = $1, reason = $2, changed_by = $3, changed_us = `+s.db.Now()+` WHERE `+where,
		append([]any{to, reason, by}, args...)...)
	return err
}

// insert adds an activation and returns it as it is kept. Writers queue at the head's row, so the next id is free.
func (s *Store) insert(ctx context.Context, tx *sql.Tx, a Activation) (Activation, error) {
	if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) + 1 FROM routeiq_activation`).Scan(&a.ID); err != nil {
		return a, err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO routeiq_activation
		(id, model_group, strategy, args, digest, origin, state, reason, report, actor, staged_us, changed_us, changed_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, `+s.db.Now()+`, `+s.db.Now()+`, $10)`, a.ID, a.Group, a.Strategy, text(a.Args),
		sql.NullString{String: a.Digest, Valid: a.Digest != ""}, a.Origin, a.State, a.Reason, text(a.Report), a.By)
	if err != nil {
		return a, err
	}
	return one(ctx, tx, `WHERE id = $1`, a.ID)
}

// text is a JSON value as it is kept.
func text(raw []byte) string {
	if len(raw) == 0 {
		return "{}"
	}
	return string(raw)
}
