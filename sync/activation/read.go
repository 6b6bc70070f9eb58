package activation

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/routeiq/routeiq/sync/database"
)

// maxHistory is how many activations of a group are told.
const maxHistory = 100

// Of returns what was tried for a group, newest first, at most a hundred.
func (s *Store) Of(ctx context.Context, group string) (list []Activation, err error) {
	err = s.db.Read(ctx, "read the activations of group "+group, func(ctx context.Context, tx *sql.Tx) error {
		list, err = many(ctx, tx, `WHERE model_group = $1 ORDER BY id DESC LIMIT $2`, group, maxHistory)
		return err
	})
	return list, err
}

// Active returns those that are active, by group.
func (s *Store) Active(ctx context.Context) (list []Activation, err error) {
	err = s.db.Read(ctx, "read the active activations", func(ctx context.Context, tx *sql.Tx) error {
		list, err = many(ctx, tx, `WHERE state = $1 ORDER BY model_group`, Active)
		return err
	})
	return list, err
}

// Candidate returns what Promote would make active.
func (s *Store) Candidate(ctx context.Context, group string, id int64) (a Activation, err error) {
	err = s.db.Read(ctx, "read what is staged for group "+group, func(ctx context.Context, tx *sql.Tx) error {
		a, err = candidate(ctx, tx, group, id)
		return err
	})
	return a, err
}

// Artifact returns a kept artifact.
func (s *Store) Artifact(ctx context.Context, digest string) (a Artifact, err error) {
	err = s.db.Read(ctx, "read artifact "+digest, func(ctx context.Context, tx *sql.Tx) error {
		var created int64
		err := tx.QueryRowContext(ctx, `SELECT digest, manifest, numbers, origin, actor, created_us FROM routeiq_artifact WHERE digest = $1`, digest).
			Scan(&a.Digest, &a.Manifest, &a.Numbers, &a.Origin, &a.By, &created)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		a.CreatedAt = database.FromMicros(created)
		return err
	})
	if err != nil {
		return Artifact{}, err
	}
	// The manifest has the hash of the numbers: whoever opens the artifact compares those.
	if sum := sha256.Sum256(a.Manifest); hex.EncodeToString(sum[:]) != digest {
		return Artifact{}, fmt.Errorf("artifact %s: %w: its manifest has the hash %x", digest, ErrDigest, sum)
	}
	return a, nil
}

// one reads one activation, by what follows in the query.
func one(ctx context.Context, tx *sql.Tx, where string, args ...any) (Activation, error) {
	list, err := many(ctx, tx, where, args...)
	if err != nil {
		return Activation{}, err
	}
	if len(list) == 0 {
		return Activation{}, ErrNotFound
	}
	return list[0], nil
}

func many(ctx context.Context, tx *sql.Tx, where string, args ...any) (list []Activation, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, model_group, strategy, args, digest, origin, state, reason, report, actor, staged_us, promoted_us,
		changed_us, changed_by FROM routeiq_activation `+where, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var a Activation
		var args, report string
		var digest sql.NullString
		var staged, promoted, changed int64
		if err := rows.Scan(&a.ID, &a.Group, &a.Strategy, &args, &digest, &a.Origin, &a.State, &a.Reason, &report, &a.By, &staged, &promoted,
			&changed, &a.ChangedBy); err != nil {
			return nil, err
		}
		a.Args, a.Report, a.Digest = []byte(args), []byte(report), digest.String
		a.StagedAt, a.PromotedAt, a.ChangedAt = database.FromMicros(staged), database.FromMicros(promoted), database.FromMicros(changed)
		list = append(list, a)
	}
	return list, rows.Err()
}
