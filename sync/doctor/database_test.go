package doctor

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/database/postgrestest"
	"github.com/routeiq/routeiq/sync/revision"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m)) }

// compiles stands for the compiler: it reads the document and calls it good.
func compiles(name string, read func(string) ([]byte, error)) ([]string, error) {
	text, err := read(name)
	if err != nil {
		return nil, err
	}
	if string(text) != "the document" {
		return nil, errors.New("another document")
	}
	return []string{goodRevision}, nil
}

// fill migrates a database and makes a document active in it.
func fill(t *testing.T, url string) {
	t.Helper()
	ctx := context.Background()
	db, err := database.Open(ctx, url, database.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	store, body := revision.NewStore(db), []byte("the document")
	id := revision.ID(body, nil)
	if err := store.Put(ctx, revision.Revision{ID: id, Source: body, From: "config.yaml", CreatedAt: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if err := store.Activate(ctx, id, 1); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestReadPostgres: a database without a schema is told of and stays without one; a migrated one gives the active revision; one of
// a newer build is told of.
func TestReadPostgres(t *testing.T) {
	url, ctx := postgrestest.Database(t), context.Background()
	ask := func() *Report {
		t.Helper()
		d, err := ReadDatabase(ctx, url, database.Options{}, compiles)
		if err != nil {
			t.Fatal(err)
		}
		s := goodSubject(t)
		s.Proxies, s.Database = []*Proxy{read(t, goodFile(t, input()))}, d
		return Examine(ctx, s)
	}
	empty := broken{id: "database-schema", severity: Error, where: "postgres://127.0.0.1", says: "version 0"}
	expect(t, ask(), empty)
	expect(t, ask(), empty) // looking did not change it
	fill(t, url)
	if r := ask(); len(r.Findings) > 0 {
		t.Errorf("got %v", r.Findings)
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "INSERT INTO routeiq_schema (version_id, is_applied) VALUES (99999, true)"); err != nil {
		t.Fatal(err)
	}
	expect(t, ask(), broken{id: "database-schema", severity: Error, where: "postgres://127.0.0.1", says: "version 99999"})
}

// TestReadSQLite: a file is opened only where there is one.
func TestReadSQLite(t *testing.T) {
	ctx, folder := context.Background(), t.TempDir()
	o := database.Options{Folder: folder}
	path := filepath.Join(folder, "agent.db")
	for _, url := range []string{"", "file:" + path, "file://" + path} {
		if _, err := ReadDatabase(ctx, url, o, compiles); err == nil || !strings.Contains(err.Error(), "there is no file "+path) {
			t.Errorf("%q: got %v", url, err)
		}
	}
	fill(t, "file:"+path)
	for _, url := range []string{"", "file:" + path, "file://" + path} {
		d, err := ReadDatabase(ctx, url, o, compiles)
		if err != nil || d.Compared || strings.Join(d.Active, " ") != goodRevision || d.Origin != "file:"+path {
			t.Errorf("%q: got %+v, %v", url, d, err)
		}
	}
	if _, err := ReadDatabase(ctx, "postgres://u:"+planted+"@127.0.0.1:1/d?sslmode=disable", o, compiles); err == nil || strings.Contains(err.Error(), planted) {
		t.Errorf("got %v", err)
	}
}
