package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/sethvargo/go-retry"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Retry says how often a migration is tried, and how long it waits between: Delay after the first failure, twice as much
// after the second, and so on, but never more than Max. That is the seed's rule, with a bound.
type Retry struct {
	Tries int           // in all, the first included
	Delay time.Duration // after the first
	Max   time.Duration
}

var defaultRetry = Retry{Tries: 10, Delay: 5 * time.Second, Max: 30 * time.Second}

// do runs f until it succeeds, fails for good, or was tried often enough. Only what may pass by itself is tried again.
func (r Retry) do(ctx context.Context, log *slog.Logger, f func(context.Context) error) error {
	tries := 0
	growing := retry.BackoffFunc(func() (time.Duration, bool) {
		return min(time.Duration(tries)*r.Delay, r.Max), tries >= r.Tries
	})
	began := time.Now()
	var last error
	err := retry.Do(ctx, growing, func(ctx context.Context) error {
		tries++
		last = f(ctx)
		if last == nil || !passing(last) || ctx.Err() != nil {
			return last
		}
		log.Warn("the database cannot be migrated yet", "try", tries, "of", r.Tries, "error", last)
		return retry.RetryableError(last)
	})
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && last != nil && !errors.Is(last, ctx.Err()):
		return fmt.Errorf("%w, after %d tries; the last failed: %w", ctx.Err(), tries, last)
	case passing(last) && tries >= r.Tries:
		return fmt.Errorf("gave up after %d tries in %s: %w; start the database, or raise DB_MIGRATION_MAX_RETRIES", tries, time.Since(began).Round(time.Second), last)
	default:
		return err
	}
}

// passing tells whether an error may pass by itself: the server is not there, starts or stops, is full, or is held by
// another. Classes: https://www.postgresql.org/docs/current/errcodes-appendix.html
func passing(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		for _, class := range []string{"08", "40", "53", "57P0", "55P03"} {
			if strings.HasPrefix(pg.Code, class) {
				return true
			}
		}
		return false
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		primary := lite.Code() & 0xff // the extended codes have it in their low byte
		return primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	for _, gone := range []error{io.EOF, io.ErrUnexpectedEOF, driver.ErrBadConn, sql.ErrConnDone, context.DeadlineExceeded} {
		if errors.Is(err, gone) {
			return true
		}
	}
	return false
}
