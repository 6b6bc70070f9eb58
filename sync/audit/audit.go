// Package audit records what administrators do, in the agents' database, before it is done. An action begins by Begin, which
// where audit fails closed refuses what cannot be recorded, and is finished with what became of it:
//
//	action, err := log.Begin(ctx, entry)  // ErrUnavailable: it does not happen
//	…                                     // the effect
//	err = action.Finish(ctx, audit.Done, after, "")
//
// An entry that is begun and never finished tells that its outcome is unknown: the agent ended in between.
package audit

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/routeiq/routeiq/sync/database"
)

// Actor is who acted: the fingerprint of a key, or a word for one without a key. It is never the key: what has neither form
// is refused.
type Actor string

// The actors without a key.
const (
	Public Actor = "public" // no key was needed
	Agent  Actor = "agent"  // the agent itself, such as a rollback of its own
)

// Fingerprint names a key without telling it: the same key always has the same.
func Fingerprint(key string) Actor {
	sum := sha256.Sum256([]byte(key))
	return Actor("sha256:" + hex.EncodeToString(sum[:])[:12])
}

var fingerprint = regexp.MustCompile(`^sha256:[0-9a-f]{12}$`)

// Outcome is what became of an action.
type Outcome string

// The outcomes.
const (
	Begun   Outcome = "begun"   // it is being done, or nobody knows
	Done    Outcome = "done"    // it was
	Refused Outcome = "refused" // it was not: not allowed, or not possible
	Failed  Outcome = "failed"  // it was tried
)

// Entry is one action.
type Entry struct {
	ID        string    // given by Record and Begin where it is empty
	At        time.Time // when it began; the zero time: now
	Actor     Actor
	Action    string // such as "config.rollback"
	Path      string // of the request; what follows a ? is not kept
	RequestID string
	Before    string // revision that was active
	After     string // revision that is, when it is finished
	Outcome   Outcome
	Reason    string    // why it was refused or failed, without secrets
	EndedAt   time.Time // zero: it was not finished
}

// ErrUnavailable tells that an action cannot be recorded and must not happen. Its HTTP status is 503.
var ErrUnavailable = errors.New("audit log unavailable")

// Options say what happens when nothing can be recorded. The zero value does not record.
type Options struct {
	Enabled bool
	Closed  bool         // an action that cannot be recorded does not happen; else it does, and the entry is in Log
	Log     *slog.Logger // nil: slog.Default
}

// OptionsFrom reads AUDIT_LOG_ENABLED (true) and AUDIT_LOG_FAIL_MODE (open, or closed).
func OptionsFrom(getenv func(name string) (string, bool)) (Options, error) {
	o := Options{Enabled: true}
	var errs []error
	switch v, _ := getenv("AUDIT_LOG_ENABLED"); strings.ToLower(strings.TrimSpace(v)) {
	case "", "true", "1", "yes", "on":
	case "false", "0", "no", "off":
		o.Enabled = false
	default:
		errs = append(errs, fmt.Errorf("AUDIT_LOG_ENABLED=%q: expected true or false", v))
	}
	switch v, _ := getenv("AUDIT_LOG_FAIL_MODE"); strings.ToLower(strings.TrimSpace(v)) {
	case "", "open":
	case "closed":
		o.Closed = true
	default:
		errs = append(errs, fmt.Errorf("AUDIT_LOG_FAIL_MODE=%q: expected open or closed", v))
	}
	return o, errors.Join(errs...)
}

// Log is the audit log. It is safe for concurrent use.
type Log struct {
	db      *database.DB
	options Options
}

// New is the log in a database whose schema is this build's.
func New(db *database.DB, o Options) *Log {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Log{db: db, options: o}
}

// Action is one that began.
type Action struct {
	log   *Log
	entry Entry
}

// Begin records that an action is about to happen. Where it cannot be recorded and audit fails closed the error is
// ErrUnavailable, and the action must not happen; where it fails open the entry goes to the process's log.
func (l *Log) Begin(ctx context.Context, e Entry) (*Action, error) {
	e.Outcome, e.EndedAt = Begun, time.Time{}
	e = identified(e)
	if err := l.Record(ctx, e); err != nil {
		return nil, err
	}
	return &Action{log: l, entry: e}, nil
}

// Finish records what became of the action: the revision that is active after it, and why it was refused or failed. It is
// called once, and also when the client has left: ctx ends with the agent, not with the request.
func (a *Action) Finish(ctx context.Context, o Outcome, after, reason string) error {
	a.entry.Outcome, a.entry.After, a.entry.Reason, a.entry.EndedAt = o, after, reason, time.Now()
	return a.log.Record(ctx, a.entry)
}

// Record keeps an entry; the same ID again replaces it. It fails as Begin does. An actor that is neither a Fingerprint nor a
// word of this package is always an error: it may be a key.
func (l *Log) Record(ctx context.Context, e Entry) error {
	if e.Actor != Public && e.Actor != Agent && !fingerprint.MatchString(string(e.Actor)) {
		return errors.New("audit: the actor (not shown: it may be a key) is no fingerprint; audit.Fingerprint makes one")
	}
	if !l.options.Enabled {
		return nil
	}
	e = identified(e)
	e.Path, _, _ = strings.Cut(e.Path, "?") // a token may stand there
	err := l.db.InTx(ctx, "record "+e.Action, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO routeiq_audit (id, at_us, actor, action, path, request_id, before, after, outcome, reason, ended_us)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (id) DO UPDATE SET after = excluded.after, outcome = excluded.outcome, reason = excluded.reason, ended_us = excluded.ended_us`,
			e.ID, database.Micros(e.At), string(e.Actor), e.Action, e.Path, e.RequestID, e.Before, e.After, string(e.Outcome), e.Reason, database.Micros(e.EndedAt))
		return err
	})
	if err == nil {
		return nil
	}
	if l.options.Closed {
		return fmt.Errorf("%w, and AUDIT_LOG_FAIL_MODE=closed: %w", ErrUnavailable, err)
	}
	l.options.Log.Warn("AUDIT_FALLBACK: an action could not be recorded in the database", "error", err, "id", e.ID, "at", e.At,
		"actor", string(e.Actor), "action", e.Action, "path", e.Path, "request_id", e.RequestID, "before", e.Before, "after", e.After,
		"outcome", string(e.Outcome), "reason", e.Reason)
	return nil
}

// List returns the newest entries, newest first, at most limit.
func (l *Log) List(ctx context.Context, limit int) ([]Entry, error) {
	var list []Entry
	err := l.db.Read(ctx, "list the audit log", func(ctx context.Context, tx *sql.Tx) (err error) {
		rows, err := tx.QueryContext(ctx, `SELECT id, at_us, actor, action, path, request_id, before, after, outcome, reason, ended_us
			FROM routeiq_audit ORDER BY at_us DESC, id DESC LIMIT $1`, limit)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var e Entry
			var at, ended int64
			if err := rows.Scan(&e.ID, &at, &e.Actor, &e.Action, &e.Path, &e.RequestID, &e.Before, &e.After, &e.Outcome, &e.Reason, &ended); err != nil {
				return err
			}
			e.At, e.EndedAt = database.FromMicros(at), database.FromMicros(ended)
			list = append(list, e)
		}
		return rows.Err()
	})
	return list, err
}

// identified gives an entry what it lacks.
func identified(e Entry) Entry {
	if e.ID == "" {
		e.ID = uuid.Must(uuid.NewV7()).String() // grows with time
	}
	if e.At.IsZero() {
		e.At = time.Now()
	}
	if e.Outcome == "" {
		e.Outcome = Done
	}
	return e
}
