package database

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// Bounds of the connections to PostgreSQL, which several agents share with other users of the server.
const (
	maxPostgres    = 8
	connectWithin  = 5 * time.Second // where the URL has no connect_timeout
	connectionLife = 30 * time.Minute
)

// openPostgres prepares connections; it makes none.
func openPostgres(a address) (*sql.DB, error) {
	config, err := pgx.ParseConfig(a.conn)
	if err != nil {
		// The error quotes the URL. What is below it does not.
		if bad, ok := errors.AsType[*pgconn.ParseConfigError](err); ok && bad.Unwrap() != nil {
			return nil, fmt.Errorf("its URL is refused: %w", bad.Unwrap())
		}
		return nil, errors.New("its URL is refused: expected postgres://USER:PASSWORD@HOST:PORT/NAME with the parameters of libpq")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectWithin
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "routeiq-agent"
	}
	most := maxPostgres
	if a.maxConns > 0 {
		most = a.maxConns
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	db.SetConnMaxLifetime(connectionLife)
	return db, nil
}
