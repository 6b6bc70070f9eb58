// Package staging tries a trained model on recorded requests before it serves, and puts it to use when it is told to. Whether it passes
// is decided by what will serve: the configuration's compiler, and the module.
//
//	artifact ─▶ fetch ─▶ compile, in the present document ─▶ decide every request, before and after ─▶ staged, or rejected
package staging

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/routeiq/routeiq/sync/activation"
	"github.com/routeiq/routeiq/sync/agent"
	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/revision"
	"github.com/routeiq/routeiq/sync/source"
)

// The errors. What is returned wraps them, or those of package activation, or agent.ErrFollower.
var (
	// ErrRequest refuses a request that says something that cannot be.
	ErrRequest = errors.New("the request cannot be taken")
	// ErrGroup tells that the present document has no such group.
	ErrGroup = errors.New("there is no such group")
	// ErrDocument tells that the document that the source has now cannot be used, whatever is tried.
	ErrDocument = errors.New("the document at the source cannot be used as it is now")
	// ErrNoModule refuses a trial where the agent has no module to try with.
	ErrNoModule = errors.New("this agent has no module to try with: start it with --dry-run")
	// ErrRejected tells that a trial was not passed. The activation that is returned with it says why.
	ErrRejected = errors.New("it did not pass")
)

// Options say what is worked with. All but Decide are required.
type Options struct {
	Store *activation.Store
	// Document is the operator's, without activations.
	Document source.Source
	// Artifacts fetches with a document the artifacts that it names, as for the configuration itself.
	Artifacts func(source.Source) source.Source
	// Open opens the file of recorded requests.
	Open func(url string) (source.Source, error)
	// Build compiles a document: (*agent.Agent).Build.
	Build func(d source.Document) (*publish.Publication, error)
	// Decide has the module decide requests for a group, each as if it were the only one. nil: there is no module.
	Decide func(ctx context.Context, p *publish.Publication, group string, bodies []json.RawMessage) ([]Decision, error)
	// Leader is that of the lease; Reload asks for a fetch: (*agent.Agent).Reload.
	Leader func() (generation uint64, held bool)
	Reload func() (agent.Reload, error)
}

// Decision is what the module decided for one request.
type Decision struct {
	Deployment string        // the first that would be tried; empty: refused
	Abstains   string        // why the model is not followed; empty: it is, or there is none
	Refused    string        // the code of the refusal; empty: decided
	Took       time.Duration // to handle the request, its deciding included
}

// Staging stages, promotes and rolls back. It is safe for concurrent use; one trial runs at a time.
type Staging struct {
	o    Options
	turn chan struct{} // whose trial it is
}

// New makes one.
func New(o Options) (*Staging, error) {
	if o.Store == nil || o.Document == nil || o.Artifacts == nil || o.Open == nil || o.Build == nil || o.Leader == nil || o.Reload == nil {
		return nil, errors.New("staging: expected a store, a document, what fetches and builds it, a lease, and what reloads")
	}
	return &Staging{o: o, turn: make(chan struct{}, 1)}, nil
}

// leads returns the generation to write with.
func (s *Staging) leads() (uint64, error) {
	generation, held := s.o.Leader()
	if !held {
		return 0, agent.ErrFollower
	}
	return generation, nil
}

// follower turns the refusal of a write by who led once into that of who does not lead.
func follower(err error) error {
	if errors.Is(err, revision.ErrStale) {
		return errors.Join(agent.ErrFollower, err)
	}
	return err
}

// Of returns what was tried for a group, newest first. ErrNotFound: nothing was.
func (s *Staging) Of(ctx context.Context, group string) ([]activation.Activation, error) {
	list, err := s.o.Store.Of(ctx, group)
	if err == nil && len(list) == 0 {
		err = activation.ErrNotFound
	}
	return list, err
}
