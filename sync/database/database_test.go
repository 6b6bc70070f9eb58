package database_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/database/databasetest"
)

// A transaction happens whole or not at all, and its error keeps its cause.
func TestInTx(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		cause := errors.New("cause")
		raise := func(fail error) error {
			return db.InTx(t.Context(), "raise", func(ctx context.Context, tx *sql.Tx) error {
				if _, err := tx.ExecContext(ctx, "UPDATE routeiq_head SET generation = generation + 1 WHERE one = $1", 1); err != nil {
					return err
				}
				return fail
			})
		}
		if err := raise(cause); !errors.Is(err, cause) {
			t.Errorf("got %v", err)
		}
		if err := raise(nil); err != nil {
			t.Fatal(err)
		}
		var g int
		err := db.Read(t.Context(), "read", func(ctx context.Context, tx *sql.Tx) error {
			return tx.QueryRowContext(ctx, "SELECT generation FROM routeiq_head WHERE one = 1").Scan(&g)
		})
		if err != nil || g != 1 {
			t.Errorf("generation %d, %v; want 1: the one that failed must have left nothing", g, err)
		}
	})
}

// The database's clock is microseconds of Unix time, and goes on within a transaction.
func TestNow(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		err := db.Read(t.Context(), "ask the time", func(ctx context.Context, tx *sql.Tx) error {
			ask := func() (us int64) {
				if err := tx.QueryRowContext(ctx, "SELECT "+db.Now()).Scan(&us); err != nil {
					t.Fatal(err)
				}
				return us
			}
			first := ask()
			if d := time.Since(database.FromMicros(first)); d < -time.Second || d > time.Minute {
				t.Errorf("it is %s off on one machine", d)
			}
			for deadline := time.Now().Add(5 * time.Second); ask() == first; {
				if time.Now().After(deadline) {
					t.Fatal("the clock stands within a transaction: a lease could be taken by an old time")
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestMicros(t *testing.T) {
	now := time.Now().Truncate(time.Microsecond)
	if got := database.FromMicros(database.Micros(now)); !got.Equal(now) {
		t.Errorf("%s became %s", now, got)
	}
	if !database.FromMicros(database.Micros(time.Time{})).IsZero() {
		t.Error("no time became one")
	}
}

// SQLite's readers do not wait for its writer.
func TestReadDuringWrite(t *testing.T) {
	db := databasetest.SQLite(t)
	err := db.InTx(t.Context(), "hold the lock", func(ctx context.Context, _ *sql.Tx) error {
		began := time.Now()
		var g int
		err := db.Read(ctx, "read", func(ctx context.Context, tx *sql.Tx) error {
			return tx.QueryRowContext(ctx, "SELECT generation FROM routeiq_head").Scan(&g)
		})
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("a reader waited %s", took)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
