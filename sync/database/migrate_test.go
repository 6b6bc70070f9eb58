package database_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/database/databasetest"
	"github.com/routeiq/routeiq/sync/database/postgrestest"
)

// urls are an empty database of each dialect.
func urls(t *testing.T) map[string]string {
	return map[string]string{"sqlite": "file:" + filepath.Join(t.TempDir(), "agent.db"), "postgres": postgrestest.Database(t)}
}

func open(t *testing.T, url string, o database.Options) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func exec(t *testing.T, db *database.DB, text string) {
	t.Helper()
	err := db.InTx(t.Context(), "prepare", func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Many agents that start at once migrate once, and a second start changes nothing.
func TestMigrateAtOnce(t *testing.T) {
	for name, url := range urls(t) {
		t.Run(name, func(t *testing.T) {
			const agents = 5
			var wg sync.WaitGroup
			for range agents {
				db := open(t, url, databasetest.Options())
				wg.Go(func() {
					if err := db.Migrate(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			db := databasetest.Open(t, url)
			var rows, most int
			err := db.Read(t.Context(), "look", func(ctx context.Context, tx *sql.Tx) error {
				return tx.QueryRowContext(ctx, "SELECT count(*), max(version_id) FROM routeiq_schema WHERE version_id > 0").Scan(&rows, &most)
			})
			if err != nil || rows != 2 || most != 2 {
				t.Errorf("%d migrations, the last %d, %v", rows, most, err)
			}
		})
	}
}

// A schema that a newer build made is refused with both versions.
func TestMigrateNewer(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		exec(t, db, "INSERT INTO routeiq_schema (version_id, is_applied) VALUES (7, true)")
		err := db.Migrate(t.Context())
		refused, ok := errors.AsType[*database.SchemaError](err)
		if !ok || !errors.Is(err, database.ErrSchema) || refused.Have != 7 || refused.Want != 2 {
			t.Fatalf("%v", err)
		}
		if text := err.Error(); !strings.Contains(text, "version 7, newer than this build's 2") || !strings.Contains(text, "run that newer build") {
			t.Error(text)
		}
	})
}

// Where it is not to be migrated PostgreSQL is left as it is, an old schema is refused with both versions and what to run,
// and one that another agent migrated is taken.
func TestMigrateSkip(t *testing.T) {
	url := postgrestest.Database(t)
	o := databasetest.Options()
	o.Skip = true
	db := open(t, url, o)
	err := db.Migrate(t.Context())
	if !errors.Is(err, database.ErrSchema) {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{"version 0, older than this build's 2", "DB_MIGRATION_SKIP=false LITELLM_RUN_DB_MIGRATIONS=true routeiq-agent"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
	var tables int
	err = db.Read(t.Context(), "look", func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT count(*) FROM information_schema.tables WHERE table_name LIKE 'routeiq%'").Scan(&tables)
	})
	if err != nil || tables != 0 {
		t.Errorf("%d tables were made, %v", tables, err)
	}
	databasetest.Open(t, url)
	if err := db.Migrate(t.Context()); err != nil {
		t.Error(err)
	}

	// Nobody else migrates an SQLite file.
	lite := open(t, "file:"+filepath.Join(t.TempDir(), "agent.db"), o)
	if err := lite.Migrate(t.Context()); err != nil {
		t.Error(err)
	}
}

// A database that is LiteLLM's, or another goose user's, keeps what it has; Prisma's schema parameter is where ours goes.
func TestMigrateShared(t *testing.T) {
	url := postgrestest.Database(t)
	db := open(t, url, databasetest.Options())
	exec(t, db, "CREATE TABLE goose_db_version (version_id bigint)")
	exec(t, db, `CREATE SCHEMA "my schema"`)
	in := databasetest.Open(t, url+"&schema=my%20schema&connection_limit=2")
	var schema string
	err := in.Read(t.Context(), "look", func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT table_schema FROM information_schema.tables WHERE table_name = 'routeiq_schema'").Scan(&schema)
	})
	if err != nil || schema != "my schema" {
		t.Errorf("%q, %v", schema, err)
	}
}

// An agent that starts before its database waits for it.
func TestMigrateWaits(t *testing.T) {
	server := postgrestest.New(t)
	url := server.Database(t)
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	o := databasetest.Options()
	o.Retry = database.Retry{Tries: 200, Delay: 50 * time.Millisecond, Max: 50 * time.Millisecond}
	db := open(t, url, o)
	done := make(chan error)
	go func() { done <- db.Migrate(t.Context()) }()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := db.Ping(t.Context()); err != nil {
		t.Error(err)
	}

	// One that never comes is given up, with what to do.
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	late := open(t, url, databasetest.Options())
	err := late.Migrate(t.Context())
	if err == nil || !strings.Contains(err.Error(), "gave up after 3 tries") || !strings.Contains(err.Error(), "start the database") {
		t.Errorf("%v", err)
	}
	if strings.Contains(err.Error(), "secret-") {
		t.Errorf("the password is in %v", err)
	}
}

// A wrong password is told at once, without the password.
func TestMigratePassword(t *testing.T) {
	url := regexp.MustCompile(`:secret-[^@]*@`).ReplaceAllString(postgrestest.Database(t), ":PLANTED@")
	o := databasetest.Options()
	o.Retry = database.Retry{Tries: 10, Delay: time.Hour, Max: time.Hour}
	err := open(t, url, o).Migrate(t.Context())
	if err == nil || strings.Contains(err.Error(), "PLANTED") || !strings.Contains(err.Error(), "password authentication failed") {
		t.Errorf("%v", err)
	}
}

// A user who may not read the schema is told what to grant.
func TestMigrateNotAllowed(t *testing.T) {
	url := postgrestest.Database(t)
	db := databasetest.Open(t, url)
	exec(t, db, "CREATE ROLE poor LOGIN PASSWORD 'planted'")
	poor := open(t, regexp.MustCompile(`//[^@]*@`).ReplaceAllString(url, "//poor:planted@"), databasetest.Options())
	err := poor.Migrate(t.Context())
	if err == nil || !strings.Contains(err.Error(), "grant") || strings.Contains(err.Error(), "planted") {
		t.Errorf("%v", err)
	}
}

// No migration takes anything away, and none can be taken back: an agent of an older build must be able to go on, and data
// outlive every mistake.
func TestMigrationsKeep(t *testing.T) {
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	comment := regexp.MustCompile(`--[^\n]*`)
	destructive := regexp.MustCompile(`(?i)\b(DROP|TRUNCATE|DELETE|RENAME|CASCADE|REPLACE)\b`)
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "+goose Down") {
			t.Errorf("%s can be taken back", name)
		}
		if found := destructive.FindString(comment.ReplaceAllString(string(text), "")); found != "" {
			t.Errorf("%s says %s", name, found)
		}
		for table := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(table, "CREATE TABLE "); ok && !strings.HasPrefix(rest, "routeiq_") {
				t.Errorf("%s: %s lacks the prefix routeiq_", name, strings.TrimSpace(table))
			}
		}
	}
}
