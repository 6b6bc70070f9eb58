package revision

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/routeiq/routeiq/sync/database"
)

// Head tells which revision is active without reading it: cheap enough for every agent to ask every second.
func (s *Store) Head(ctx context.Context) (h Head, err error) {
	err = s.db.Read(ctx, "read the head", func(ctx context.Context, tx *sql.Tx) error {
		h, err = readHead(ctx, tx)
		return err
	})
	return h, err
}

// Active returns the active revision; its State is Active, or Good when it proved itself. ErrNotFound: nothing is active.
func (s *Store) Active(ctx context.Context) (Revision, error) {
	return s.read(ctx, "read the active revision", func(ctx context.Context, tx *sql.Tx) (Revision, error) {
		h, err := readHead(ctx, tx)
		if err != nil {
			return Revision{}, err
		}
		if h.Active == "" {
			return Revision{}, fmt.Errorf("%w: nothing is active", ErrNotFound)
		}
		return get(ctx, tx, h.Active)
	})
}

// LastGood returns the revision that proved itself last, active or not. ErrNotFound: none did.
func (s *Store) LastGood(ctx context.Context) (Revision, error) {
	return s.read(ctx, "read the last good revision", lastGood)
}

// Get returns one revision.
func (s *Store) Get(ctx context.Context, id string) (Revision, error) {
	return s.read(ctx, "read revision "+id, func(ctx context.Context, tx *sql.Tx) (Revision, error) { return get(ctx, tx, id) })
}

// List returns the newest revisions, newest first, at most limit, without Source and Files.
func (s *Store) List(ctx context.Context, limit int) ([]Revision, error) {
	var list []Revision
	err := s.db.Read(ctx, "list revisions", func(ctx context.Context, tx *sql.Tx) (err error) {
		rows, err := tx.QueryContext(ctx, `SELECT `+described+` FROM routeiq_revision ORDER BY created_us DESC, id LIMIT $1`, limit)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			r, err := scan(rows)
			if err != nil {
				return err
			}
			list = append(list, r)
		}
		return rows.Err()
	})
	return list, err
}

func (s *Store) read(ctx context.Context, what string, f func(context.Context, *sql.Tx) (Revision, error)) (r Revision, err error) {
	err = s.db.Read(ctx, what, func(ctx context.Context, tx *sql.Tx) error {
		r, err = f(ctx, tx)
		return err
	})
	return r, err
}

func readHead(ctx context.Context, tx *sql.Tx) (Head, error) {
	var active sql.NullString
	var generation, changed int64
	err := tx.QueryRowContext(ctx, `SELECT active, generation, changed_us FROM routeiq_head WHERE one = 1`).Scan(&active, &generation, &changed)
	return Head{Active: active.String, Generation: uint64(generation), ChangedAt: database.FromMicros(changed)}, err
}

// described are the columns scan reads.
const described = `id, origin, generation, created_us, activated_us, state, step, reason`

func scan(row interface{ Scan(...any) error }, more ...any) (Revision, error) {
	var r Revision
	var generation, created, activated int64
	err := row.Scan(append([]any{&r.ID, &r.From, &generation, &created, &activated, &r.State, &r.Step, &r.Reason}, more...)...)
	r.Generation, r.CreatedAt, r.ActivatedAt = uint64(generation), database.FromMicros(created), database.FromMicros(activated)
	return r, err
}

// whole reads a revision with its content, by what follows in the query.
func whole(ctx context.Context, tx *sql.Tx, where string, args ...any) (Revision, error) {
	var source, files []byte
	r, err := scan(tx.QueryRowContext(ctx, `SELECT `+described+`, source, files FROM routeiq_revision `+where, args...), &source, &files)
	if errors.Is(err, sql.ErrNoRows) {
		return Revision{}, ErrNotFound
	}
	if err != nil {
		return Revision{}, err
	}
	r.Source = source
	if err := json.Unmarshal(files, &r.Files); err != nil {
		return Revision{}, fmt.Errorf("revision %s: column files: %w", r.ID, err)
	}
	return r, nil
}

func get(ctx context.Context, tx *sql.Tx, id string) (Revision, error) {
	return whole(ctx, tx, `WHERE id = $1`, id)
}

func lastGood(ctx context.Context, tx *sql.Tx) (Revision, error) {
	return whole(ctx, tx, `WHERE state = $1 ORDER BY good_us DESC, activated_us DESC LIMIT 1`, Good)
}

// state is what a write decides by; activated is 0 for one that never was.
func state(ctx context.Context, tx *sql.Tx, id string) (state State, activated int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT state, activated_us FROM routeiq_revision WHERE id = $1`, id).Scan(&state, &activated)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return state, activated, err
}
