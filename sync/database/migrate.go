package database

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// One folder serves both dialects: see the first file for how. A file that was released is never changed, and none takes
// anything away; a test holds that.
//
//go:embed migrations/*.sql
var files embed.FS

const (
	// versionTable is goose's record of what was applied. The database may be LiteLLM's, or that of another user of goose.
	versionTable = "routeiq_schema"
	// lockID is the advisory lock of a migration: "routeiq" in ASCII.
	lockID = 0x726f7574656971
	// lockSeconds is how long another agent's migration is waited for, asking every second.
	lockSeconds = 300
)

// ErrSchema is what every SchemaError is.
var ErrSchema = errors.New("the database's schema is not this build's")

// SchemaError tells that the schema is older or newer than the build. It is not repaired by trying again.
type SchemaError struct {
	Database   string // without secrets
	Have, Want int64  // versions: the database's, the build's
}

func (e *SchemaError) Error() string {
	if e.Have > e.Want {
		return fmt.Sprintf("database %s has schema version %d, newer than this build's %d: a newer agent migrated it, and this one could "+
			"damage what it keeps; run that newer build, or give this one a database of its own", e.Database, e.Have, e.Want)
	}
	return fmt.Sprintf("database %s has schema version %d, older than this build's %d, and DB_MIGRATION_SKIP=true or "+
		"LITELLM_RUN_DB_MIGRATIONS=false says not to migrate it; run `DB_MIGRATION_SKIP=false LITELLM_RUN_DB_MIGRATIONS=true routeiq-agent run …` "+
		"once with this DATABASE_URL, then start this agent again", e.Database, e.Have, e.Want)
}

// Is makes errors.Is(err, ErrSchema) true.
func (e *SchemaError) Is(target error) bool { return target == ErrSchema }

// Migrate brings the schema to the build's version, under a lock that other agents wait for, and tries again by
// Options.Retry while the database is not there. With Options.Skip PostgreSQL is only looked at. A schema that is newer, or
// older and not to be migrated, is a *SchemaError.
func (db *DB) Migrate(ctx context.Context) error {
	err := db.options.Retry.do(ctx, db.log, db.migrate)
	if err == nil || errors.Is(err, ErrSchema) {
		return err
	}
	return fmt.Errorf("database %s: its schema cannot be migrated: %w", db.name, err)
}

func (db *DB) migrate(ctx context.Context) error {
	provider, err := db.provider()
	if err != nil {
		return err
	}
	sources := provider.ListSources()
	want := sources[len(sources)-1].Version
	have, err := db.version(ctx)
	if err != nil {
		return err
	}
	if have > want || have < want && db.options.Skip && db.dialect == PostgreSQL {
		return &SchemaError{Database: db.name, Have: have, Want: want}
	}
	if have == want {
		return nil
	}
	applied, err := provider.Up(ctx)
	if err != nil {
		return err
	}
	for _, r := range applied {
		db.log.Info("the database was migrated", "database", db.name, "version", r.Source.Version, "took", r.Duration)
	}
	// A newer agent may have had the lock first.
	if have, err = db.version(ctx); err != nil {
		return err
	}
	if have != want {
		return &SchemaError{Database: db.name, Have: have, Want: want}
	}
	return nil
}

func (db *DB) provider() (*goose.Provider, error) {
	folder, err := fs.Sub(files, "migrations")
	if err != nil {
		return nil, err
	}
	o := []goose.ProviderOption{goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true)}
	dialect := goose.DialectSQLite3
	if db.dialect == PostgreSQL {
		dialect = goose.DialectPostgres
		session, err := lock.NewPostgresSessionLocker(lock.WithLockID(lockID), lock.WithLockTimeout(1, lockSeconds))
		if err != nil {
			return nil, err
		}
		o = append(o, goose.WithSessionLocker(session))
	} else {
		o = append(o, goose.WithLocker(&fileLock{flock.New(db.path+".lock", flock.SetPermissions(fileMode))}))
	}
	return goose.NewProvider(dialect, db.sql, folder, o...)
}

// version is the schema's, 0 for a database that has none. It writes nothing: the user may not be allowed to, or not want it.
func (db *DB) version(ctx context.Context) (int64, error) {
	ctx, stop := context.WithTimeout(ctx, callWithin)
	defer stop()
	var exists bool
	look := "SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = $1"
	if db.dialect == PostgreSQL {
		look = "SELECT to_regclass($1) IS NOT NULL"
	}
	if err := db.sql.QueryRowContext(ctx, look, versionTable).Scan(&exists); err != nil {
		return 0, err
	}
	if !exists {
		return 0, nil
	}
	var v sql.NullInt64
	if err := db.sql.QueryRowContext(ctx, "SELECT max(version_id) FROM "+versionTable+" WHERE is_applied").Scan(&v); err != nil {
		if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "42501" {
			return 0, fmt.Errorf("%w; grant the agent's user what it needs: SELECT, INSERT and UPDATE on the tables routeiq_*", err)
		}
		return 0, err
	}
	return v.Int64, nil
}

// fileLock implements lock.Locker for SQLite by a lock on a file beside it, which the system takes away from a process that
// dies.
type fileLock struct{ file *flock.Flock }

var _ lock.Locker = (*fileLock)(nil)

func (l *fileLock) Lock(ctx context.Context, _ *sql.DB) error {
	ctx, stop := context.WithTimeout(ctx, lockSeconds*time.Second)
	defer stop()
	const every = 20 * time.Millisecond
	if _, err := l.file.TryLockContext(ctx, every); err != nil {
		return fmt.Errorf("%s: another agent migrates this database: %w", l.file.Path(), err)
	}
	return nil
}

func (l *fileLock) Unlock(context.Context, *sql.DB) error { return l.file.Unlock() }
