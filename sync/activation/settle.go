package activation

import (
	"context"
	"database/sql"
	"errors"

	"github.com/routeiq/routeiq/sync/revision"
)

// Settle is a revision.Effect: what the bad revision activated and the one that is back did not is rolled back, for the bad one's
// reason, and what the one that is back has is active again. So the next change of the operator's document does not bring back what was
// bad. A group for which something else was promoted meanwhile keeps that.
func (s *Store) Settle(ctx context.Context, tx *sql.Tx, bad, good revision.Revision) error {
	was, is := named(bad.Files), named(good.Files)
	groups := map[string]bool{} // whose activation went with the revision
	for id := range was {
		if is[id] {
			continue
		}
		a, err := one(ctx, tx, `WHERE id = $1`, id)
		if errors.Is(err, ErrNotFound) {
			continue // another database's
		}
		if err != nil {
			return err
		}
		if a.State != Active && a.State != Superseded {
			continue
		}
		groups[a.Group] = a.State == Active
		if err := s.change(ctx, tx, RolledBack, bad.Step+": "+bad.Reason, agentActor, `id = $4`, id); err != nil {
			return err
		}
	}
	for id := range is {
		if was[id] {
			continue
		}
		a, err := one(ctx, tx, `WHERE id = $1`, id)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		free, gone := groups[a.Group]
		if !gone { // the bad revision had none for this group
			_, err := one(ctx, tx, `WHERE model_group = $1 AND state = $2`, a.Group, Active)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			free = err != nil
		}
		if !free {
			continue
		}
		if err := s.change(ctx, tx, Active, "the revision without it was bad: "+bad.Step+": "+bad.Reason, agentActor, `id = $4`, id); err != nil {
			return err
		}
	}
	return nil
}

// agentActor is audit.Agent's word.
const agentActor = "agent"

// named are the ids of the activations whose artifacts came with a revision.
func named(files map[string][]byte) map[int64]bool {
	ids := map[int64]bool{}
	for name := range files {
		if id, _, ok := parseName(name); ok {
			ids[id] = true
		}
	}
	return ids
}
