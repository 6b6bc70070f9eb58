package lease

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/routeiq/routeiq/sync/database"
)

// row implements table by a row of routeiq_lease.
type row struct {
	db           *database.DB
	name, holder string
}

var _ table = (*row)(nil)

func (r *row) take(ctx context.Context, length time.Duration) (answer, error) {
	return r.put(ctx, length, ` WHERE l.holder = excluded.holder OR l.expires_us <= `+r.db.Now())
}

// put takes the lease where the condition allows. What the statement decides by, it reads when it has the row: the clock too.
func (r *row) put(ctx context.Context, length time.Duration, condition string) (a answer, err error) {
	err = r.db.InTx(ctx, "take lease "+r.name, func(ctx context.Context, tx *sql.Tx) error {
		now := r.db.Now()
		var generation, remaining int64
		err := tx.QueryRowContext(ctx, `INSERT INTO routeiq_lease AS l (name, holder, generation, acquired_us, expires_us)
			VALUES ($1, $2, 1, `+now+`, `+now+` + $3)
			ON CONFLICT (name) DO UPDATE SET
				generation  = CASE WHEN l.holder = excluded.holder THEN l.generation ELSE l.generation + 1 END,
				acquired_us = CASE WHEN l.holder = excluded.holder THEN l.acquired_us ELSE `+now+` END,
				expires_us  = `+now+` + $3,
				holder      = excluded.holder`+condition+`
			RETURNING generation`, r.name, r.holder, length.Microseconds()).Scan(&generation)
		if err == nil {
			a = answer{held: true, holder: r.holder, generation: uint64(generation)}
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		a = answer{}
		err = tx.QueryRowContext(ctx, `SELECT holder, generation, expires_us - `+now+` FROM routeiq_lease WHERE name = $1`, r.name).
			Scan(&a.holder, &generation, &remaining)
		a.generation, a.remaining = uint64(generation), time.Duration(remaining)*time.Microsecond
		return err
	})
	return a, err
}

func (r *row) release(ctx context.Context) error {
	return r.db.InTx(ctx, "release lease "+r.name, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE routeiq_lease SET expires_us = `+r.db.Now()+` WHERE name = $1 AND holder = $2`, r.name, r.holder)
		return err
	})
}

// seizing implements table for a process that leads whoever held the lease before: the only one on its SQLite file. Two that
// are started on one by mistake do not corrupt it: the earlier one loses the lease, and its generation is refused.
type seizing struct {
	*row
	seized bool
}

var _ table = (*seizing)(nil)

func (s *seizing) take(ctx context.Context, length time.Duration) (answer, error) {
	if s.seized {
		return s.row.take(ctx, length)
	}
	a, err := s.put(ctx, length, "")
	s.seized = err == nil
	return a, err
}
