// Package databasetest gives tests both databases: what is kept in them is tested on a real SQLite file and a real
// PostgreSQL. A test binary that uses it calls postgrestest.Main in its TestMain.
package databasetest

import (
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/database/postgrestest"
)

// Each runs a test on an empty, migrated database of each dialect.
func Each(t *testing.T, test func(t *testing.T, db *database.DB)) {
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
}

// SQLite is an empty, migrated file.
func SQLite(t testing.TB) *database.DB {
	t.Helper()
	return Open(t, "file:"+filepath.Join(t.TempDir(), "agent.db"))
}

// Postgres is an empty, migrated database on the test binary's PostgreSQL.
func Postgres(t testing.TB) *database.DB {
	t.Helper()
	return Open(t, postgrestest.Database(t))
}

// Open opens and migrates a database by its URL. Two on one URL are two agents'.
func Open(t testing.TB, url string) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), url, Options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// Options are quiet, and try again soon.
func Options() database.Options {
	return database.Options{
		Retry: database.Retry{Tries: 3, Delay: 10 * time.Millisecond, Max: 50 * time.Millisecond},
		Log:   slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}
