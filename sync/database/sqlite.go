package database

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite", in Go: the agent stays one static binary
)

// What an SQLite file and the folders made for it allow: it holds configurations, and people write keys into them.
const (
	fileMode   = 0o600
	folderMode = 0o700
)

// maxSQLite bounds connections. One writes at a time whatever the number; the others read meanwhile.
const maxSQLite = 4

// openSQLite makes the file when it is missing, and opens it. SQLite gives the files it puts beside it (-wal, -shm) the same
// mode.
func openSQLite(ctx context.Context, a address) (*sql.DB, error) {
	if err := os.MkdirAll(filepath.Dir(a.path), folderMode); err != nil {
		return nil, fmt.Errorf("its folder cannot be made: %w; make it, or set ROUTEIQ_STATE_DIR to one that can be written to", err)
	}
	f, err := os.OpenFile(a.path, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, fmt.Errorf("its file cannot be opened: %w; give it to the agent's user, or set ROUTEIQ_STATE_DIR to a folder of its own", err)
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	if err := os.Chmod(a.path, fileMode); err != nil {
		return nil, fmt.Errorf("its file cannot be closed to others: %w", err)
	}
	dsn := url.URL{Scheme: "file", Path: a.path, RawQuery: url.Values{
		"_pragma": {
			"busy_timeout(5000)", // first: switching to WAL takes a lock
			"journal_mode(WAL)",  // readers do not wait for the writer
			"synchronous(FULL)",  // what was answered is on the disk
			"foreign_keys(1)",
		},
		"_txlock": {"immediate"}, // a transaction that read first and wrote later could not get the lock any more
	}.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(maxSQLite)
	db.SetMaxIdleConns(maxSQLite)
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close() // the error before says more
		return nil, fmt.Errorf("%w; when the file is damaged put it aside: the agent starts from its source and the last good file", err)
	}
	return db, nil
}
