package revision

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/routeiq/routeiq/sync/database"
)

// Fenced runs f in a transaction that only a writer of the newest generation may make: another is refused with ErrStale. All who write
// as a leader go through it.
func Fenced(ctx context.Context, db *database.DB, what string, generation uint64, f func(context.Context, *sql.Tx) error) error {
	return db.InTx(ctx, what, func(ctx context.Context, tx *sql.Tx) error {
		newest, err := newest(ctx, db, tx)
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

// newest is the newest generation that wrote or leads. All writers queue at the head's row, so a transaction sees what the
// one before it wrote.
func newest(ctx context.Context, db *database.DB, tx *sql.Tx) (uint64, error) {
	var wrote int64
	if err := tx.QueryRowContext(ctx, `SELECT generation FROM routeiq_head WHERE one = 1`+db.ForUpdate()).Scan(&wrote); err != nil {
		return 0, err
	}
	leads, err := leads(ctx, db, tx)
	return uint64(max(wrote, leads)), err
}

// leads is the newest generation of a lease. Its rows are held until the transaction ends: a lease that is taken meanwhile
// is taken after this write, not in its middle.
func leads(ctx context.Context, db *database.DB, tx *sql.Tx) (newest int64, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT generation FROM routeiq_lease`+db.ForShare())
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
