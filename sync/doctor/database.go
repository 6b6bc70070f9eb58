package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/revision"
	"github.com/routeiq/routeiq/sync/source"
)

// Compile tells which revisions a document may have once it is compiled: with the variables that are set here, and with all set.
type Compile func(name string, read func(path string) ([]byte, error)) ([]string, error)

// ReadDatabase looks at the agents' database. It is not migrated, and one that is not there is not made. The error holds no
// password.
func ReadDatabase(ctx context.Context, raw string, o database.Options, compile Compile) (d *Database, err error) {
	if err := there(raw, o.Folder); err != nil {
		return nil, err
	}
	o.Skip, o.Log, o.Retry = true, slog.New(slog.DiscardHandler), database.Retry{Tries: 1, Delay: time.Second, Max: time.Second}
	db, err := database.Open(ctx, raw, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	d = &Database{Origin: db.String(), Compared: db.Dialect() == database.PostgreSQL}
	if d.Compared {
		err := db.Migrate(ctx) // with Skip it only compares
		if different, ok := errors.AsType[*database.SchemaError](err); ok {
			d.Schema, d.Build = different.Have, different.Want
			return d, nil // what is in it cannot be read by this build
		}
		if err != nil {
			return nil, err
		}
	}
	active, err := revision.NewStore(db).Active(ctx)
	switch {
	case errors.Is(err, revision.ErrNotFound):
		return d, nil
	case err != nil:
		return nil, err
	}
	document := source.Document{Body: active.Source, Files: active.Files}
	if d.Active, err = compile(active.From, document.Reader(active.From)); err != nil {
		return nil, fmt.Errorf("its active revision %s cannot be compiled here: %w", active.ID, err)
	}
	return d, nil
}

// there tells whether the file of an SQLite database is: opening one makes it.
func there(raw, folder string) error {
	path, isFile := strings.CutPrefix(raw, "file:")
	switch {
	case raw == "":
		path = filepath.Join(folder, "agent.db")
	case !isFile:
		return nil
	default:
		unescaped, err := url.PathUnescape(strings.TrimPrefix(path, "//"))
		if err != nil {
			return nil // opening it says what is wrong
		}
		path = unescaped
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file %s: an agent makes it at its first start", path)
	} else if err != nil {
		return err
	}
	return nil
}
