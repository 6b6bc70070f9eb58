package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// By default a database is tried ten times, after 5, 10, 15, 20, 25 and then always 30 seconds.
func TestRetrySchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var at []time.Duration
		err := defaultRetry.do(t.Context(), quiet, func(context.Context) error {
			at = append(at, time.Since(began))
			return driver.ErrBadConn
		})
		var want []time.Duration
		sum := time.Duration(0)
		for _, s := range []int{0, 5, 10, 15, 20, 25, 30, 30, 30, 30} {
			sum += time.Duration(s) * time.Second
			want = append(want, sum)
		}
		if fmt.Sprint(at) != fmt.Sprint(want) {
			t.Errorf("tried at %v, want %v", at, want)
		}
		if !errors.Is(err, driver.ErrBadConn) || !strings.Contains(err.Error(), "10 tries in 3m15s") || !strings.Contains(err.Error(), "DB_MIGRATION_MAX_RETRIES") {
			t.Errorf("%v", err)
		}
	})
}

// It ends with the first success, the first error that does not pass, and its context, whatever was said before.
func TestRetryEnds(t *testing.T) {
	forever := &pgconn.PgError{Code: "42601", Message: "syntax error"}
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		after := func(n int, end error) func(context.Context) error {
			tries = 0
			return func(context.Context) error {
				if tries++; tries < n {
					return io.ErrUnexpectedEOF
				}
				return end
			}
		}
		if err := defaultRetry.do(t.Context(), quiet, after(3, nil)); err != nil || tries != 3 {
			t.Errorf("%d tries, %v", tries, err)
		}
		if err := defaultRetry.do(t.Context(), quiet, after(2, forever)); !errors.Is(err, forever) || tries != 2 || strings.Contains(err.Error(), "gave up") {
			t.Errorf("%d tries, %v", tries, err)
		}
		if err := (Retry{Tries: 1, Delay: time.Hour, Max: time.Hour}).do(t.Context(), quiet, after(5, nil)); err == nil || tries != 1 {
			t.Errorf("one try: %d tries, %v", tries, err)
		}
		ctx, stop := context.WithTimeout(t.Context(), 7*time.Second)
		defer stop()
		began := time.Now()
		err := defaultRetry.do(ctx, quiet, after(100, nil))
		if took := time.Since(began); took != 7*time.Second || tries != 2 || !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d tries in %s, %v", tries, took, err)
		}
	})
}

func TestPassing(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{&pgconn.PgError{Code: "57P03"}, true},  // it starts
		{&pgconn.PgError{Code: "57P01"}, true},  // it stops
		{&pgconn.PgError{Code: "53300"}, true},  // too many connections
		{&pgconn.PgError{Code: "40P01"}, true},  // deadlock
		{&pgconn.PgError{Code: "28P01"}, false}, // password
		{&pgconn.PgError{Code: "3D000"}, false}, // no such database
		{&pgconn.PgError{Code: "42501"}, false}, // not allowed
		{&pgconn.PgError{Code: "57014"}, false}, // canceled by somebody
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, true},
		{context.DeadlineExceeded, true},
		{&SchemaError{Have: 2, Want: 1}, false},
		{errors.New("anything"), false},
	} {
		if got := passing(fmt.Errorf("below: %w", c.err)); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}
