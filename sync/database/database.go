// Package database opens the agent's database and brings its schema up to date: an SQLite file by default, PostgreSQL where
// several agents share one. What is kept in it is in the packages revision, audit and lease; they speak one SQL to both.
package database

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"
)

// Dialect is which database it is.
type Dialect string

// The dialects.
const (
	SQLite     Dialect = "sqlite"
	PostgreSQL Dialect = "postgres"
)

// callWithin bounds one transaction. A connection into nowhere would otherwise be waited for as long as TCP likes.
const callWithin = 10 * time.Second

// DB is an open database. It is safe for concurrent use.
type DB struct {
	sql     *sql.DB
	dialect Dialect
	name    string // for people: a URL without secrets
	path    string // SQLite: the file
	options Options
	log     *slog.Logger
}

// Open opens the database a URL names: postgres://USER:PASSWORD@HOST/NAME, file:PATH, or "" for the file agent.db in
// Options.Folder. An SQLite file and its folder are made when they are missing, for their owner alone. PostgreSQL is not
// contacted yet, so that an agent starts without it; Migrate waits for it. No error holds a password.
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	o = o.filled()
	a, err := parse(url, o.Folder)
	if err != nil {
		return nil, err
	}
	db := &DB{dialect: a.dialect, name: a.name, path: a.path, options: o, log: o.Log}
	if a.dialect == PostgreSQL {
		db.sql, err = openPostgres(a)
	} else {
		db.sql, err = openSQLite(ctx, a)
	}
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", a.name, err)
	}
	return db, nil
}

// Close ends all connections.
func (db *DB) Close() error {
	if err := db.sql.Close(); err != nil {
		return fmt.Errorf("database %s: close: %w", db.name, err)
	}
	return nil
}

// String is the database's URL without user, password and parameters.
func (db *DB) String() string { return db.name }

// Dialect tells which database it is.
func (db *DB) Dialect() Dialect { return db.dialect }

// Path is the file of an SQLite database, absolute; "" for PostgreSQL.
func (db *DB) Path() string { return db.path }

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, callWithin)
	defer stop()
	if err := db.sql.PingContext(ctx); err != nil {
		return fmt.Errorf("database %s does not answer: %w", db.name, err)
	}
	return nil
}

// InTx runs f in one transaction: all of it happens or, when f returns an error, nothing. An error of f is returned as it
// is, below the name of the database and what was being done. In SQLite a transaction is the only writer from its first
// statement on; in PostgreSQL f locks the rows it decides by (ForUpdate, ForShare).
func (db *DB) InTx(ctx context.Context, what string, f func(ctx context.Context, tx *sql.Tx) error) error {
	return db.in(ctx, what, nil, f)
}

// Read is InTx for an f that only reads: what it reads is of one moment where the database gives that (SQLite), and it waits
// for no writer.
func (db *DB) Read(ctx context.Context, what string, f func(ctx context.Context, tx *sql.Tx) error) error {
	return db.in(ctx, what, &sql.TxOptions{ReadOnly: true}, f)
}

func (db *DB) in(ctx context.Context, what string, o *sql.TxOptions, f func(ctx context.Context, tx *sql.Tx) error) error {
	ctx, stop := context.WithTimeout(ctx, callWithin)
	defer stop()
	tx, err := db.sql.BeginTx(ctx, o)
	if err != nil {
		return fmt.Errorf("database %s: %s: %w", db.name, what, err)
	}
	if err := f(ctx, tx); err != nil {
		// The error that matters is f's. A rollback fails only when the connection is gone, and with it the transaction.
		_ = tx.Rollback()
		return fmt.Errorf("database %s: %s: %w", db.name, what, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("database %s: %s: %w", db.name, what, err)
	}
	return nil
}

// ForUpdate ends a SELECT whose rows no other transaction may read for update, or change, until this one ends. SQLite has
// no such words and no need of them.
func (db *DB) ForUpdate() string {
	if db.dialect == PostgreSQL {
		return " FOR UPDATE"
	}
	return ""
}

// ForShare ends a SELECT whose rows no other transaction may change until this one ends.
func (db *DB) ForShare() string {
	if db.dialect == PostgreSQL {
		return " FOR SHARE"
	}
	return ""
}

// Now is an SQL expression: the database's own clock in microseconds of Unix time, at the moment it is evaluated, not at the
// start of the transaction. SQLite's clock is this machine's, in milliseconds.
func (db *DB) Now() string {
	if db.dialect == PostgreSQL {
		return "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
	}
	return "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
}

// Micros is a time as the database keeps it: microseconds of Unix time, 0 for the zero time.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// FromMicros is the opposite of Micros, in UTC.
func FromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
