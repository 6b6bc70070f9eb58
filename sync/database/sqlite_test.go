package database_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/database/databasetest"
)

// The file, its journal and the folders made for them are closed to others; a folder that was there is left as it was.
func TestSQLiteFiles(t *testing.T) {
	was := filepath.Join(t.TempDir(), "was here")
	if err := os.Mkdir(was, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(was, "made", "100% #1?.db")
	db := databasetest.Open(t, "file:"+strings.NewReplacer("%", "%25", "?", "%3F", "#", "%23").Replace(path))
	if db.Path() != path {
		t.Fatalf("path %q", db.Path())
	}
	for name, want := range map[string]os.FileMode{was: 0o755, filepath.Dir(path): 0o700, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600, path + ".lock": 0o600} {
		info, err := os.Stat(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: %o, want %o", name, got, want)
		}
	}
}

// A file that others can read is closed to them when it is opened.
func TestSQLiteOpenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	databasetest.Open(t, "file:"+path)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestSQLiteSettings(t *testing.T) {
	db := databasetest.SQLite(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "busy_timeout": "5000", "synchronous": "2", "foreign_keys": "1"} {
		err := db.Read(t.Context(), pragma, func(ctx context.Context, tx *sql.Tx) error {
			var got string
			err := tx.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got)
			if got != want {
				t.Errorf("%s is %s, want %s", pragma, got, want)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// What cannot be a database is refused with its path and what to do.
func TestSQLiteRefused(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, []byte(strings.Repeat("this is no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"file:" + file: "put it aside",
		"file:" + filepath.Join(file, "below.db"): "ROUTEIQ_STATE_DIR",
		"file:" + folder: "ROUTEIQ_STATE_DIR",
	} {
		db, err := database.Open(t.Context(), url, databasetest.Options())
		if err == nil {
			err = db.Migrate(t.Context())
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), strings.TrimPrefix(url, "file:")) {
			t.Errorf("%s: %v; want %q", url, err, want)
		}
	}
}
