package staging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/routeiq/routeiq/sync/activation"
)

// ErrUnfit refuses a promotion that the document, as it is now, cannot take any more.
var ErrUnfit = errors.New("what is staged does not fit the document any more")

// Promote makes what is staged for a group active, the one of an id, or where that is 0 the last that was tried, and asks for a fetch,
// whose steps are those of any change.
func (s *Staging) Promote(ctx context.Context, group string, id int64, by string) (Result, error) {
	generation, err := s.leads()
	if err != nil {
		return Result{}, err
	}
	a, err := s.o.Store.Candidate(ctx, group, id)
	if err != nil {
		return Result{}, err
	}
	if err := s.fits(ctx, &a); err != nil {
		return Result{}, err
	}
	if a, err = s.o.Store.Promote(ctx, generation, group, a.ID, by); err != nil {
		return Result{}, follower(err)
	}
	return s.reload(a)
}

// fits makes sure that the document, as it is now, and the module take an activation.
func (s *Staging) fits(ctx context.Context, a *activation.Activation) error {
	document, others, err := s.present(ctx)
	if err != nil {
		return err
	}
	p, err := s.build(ctx, document, with(others, a.Choice()))
	if err != nil {
		return fmt.Errorf("%w, and nothing was changed: %s", ErrUnfit, reason(err))
	}
	if groupOf(p, a.Group) == nil {
		return fmt.Errorf("%w: %q is no model_name of the document any more, expected one of %s", ErrGroup, a.Group, names(p))
	}
	if s.o.Decide == nil {
		return nil
	}
	if _, err := s.o.Decide(ctx, p, a.Group, []json.RawMessage{json.RawMessage(`{"text":"ping"}`)}); err != nil {
		return fmt.Errorf("%w, and nothing was changed: %s", ErrUnfit, reason(err))
	}
	return nil
}

// Rollback takes what is active for a group out, and asks for a fetch. The activation of the result is the one before it, without an id
// where the operator's own configuration holds.
func (s *Staging) Rollback(ctx context.Context, group, by string) (Result, error) {
	generation, err := s.leads()
	if err != nil {
		return Result{}, err
	}
	before, err := s.o.Store.Rollback(ctx, generation, group, by)
	if err != nil {
		return Result{}, follower(err)
	}
	if before == nil {
		before = &activation.Activation{Group: group}
	}
	return s.reload(*before)
}

func (s *Staging) reload(a activation.Activation) (Result, error) {
	r, err := s.o.Reload()
	if err != nil {
		return Result{Activation: a}, err // whoever leads fetches it with the next look at the source
	}
	return Result{a, &r}, nil
}
