// Package activation keeps which trained model, by which strategy, stands in the place of what the configuration says of a model
// group. An artifact is kept as it was when it was staged, so what was tried is what serves, whatever its URL holds later. Those that
// are active are a layer over the operator's document (Source); with none, that document is left as it is, to the byte.
//
//	Stage ─▶ staged ─▶ Promote ─▶ active ─▶ superseded, by the next one ─▶ Rollback ─▶ active
//	Reject ─▶ rejected               └────▶ rolled_back: by hand, or with the revision that it made (Settle)
package activation

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
)

// State is what became of an activation.
type State string

// The states. At most one of a group is active.
const (
	Staged     State = "staged"      // it passed its trial, and serves nobody
	Active     State = "active"      // it is a part of the configuration
	Superseded State = "superseded"  // another took its place; a rollback brings it back if it ever was active
	RolledBack State = "rolled_back" // it was active, and was taken out
	Rejected   State = "rejected"    // it did not pass
)

// Activation is a strategy with an artifact for a model group.
type Activation struct {
	ID       int64           `json:"id"`
	Group    string          `json:"group"`
	Strategy string          `json:"routing_strategy"`
	Args     json.RawMessage `json:"routing_strategy_args"` // without the artifact
	Digest   string          `json:"digest,omitempty"`      // of the artifact; empty: it was rejected, and is not kept
	Origin   string          `json:"artifact"`              // where the artifact was read, without secrets
	State    State           `json:"state"`
	Reason   string          `json:"reason,omitempty"`
	Report   json.RawMessage `json:"report"`
	By       string          `json:"by"`

	StagedAt   time.Time `json:"staged_at"`
	PromotedAt time.Time `json:"promoted_at,omitzero"` // last; zero: never
	ChangedAt  time.Time `json:"changed_at"`           // of the state
	ChangedBy  string    `json:"changed_by"`
}

// Artifact is a trained model as it is kept.
type Artifact struct {
	Digest    string // SHA-256 of Manifest, in hexadecimal
	Manifest  []byte
	Numbers   []byte // model.safetensors
	Origin    string // where it was read, without secrets
	By        string
	CreatedAt time.Time
}

// The errors. What a store returns wraps them.
var (
	// ErrNotFound tells that there is no such activation, artifact or group.
	ErrNotFound = errors.New("nothing of that name was ever staged")
	// ErrNotStaged refuses to promote where nothing is staged, or the last one that was tried did not pass.
	ErrNotStaged = errors.New("nothing that passed is staged")
	// ErrNothing refuses a rollback where none is active.
	ErrNothing = errors.New("no activation is active, so there is nothing to go back from")
	// ErrDigest tells that what is kept is not what its name says.
	ErrDigest = errors.New("what the database keeps is not the artifact that was staged")
)

// Scheme is that of the names by which documents call kept artifacts.
const Scheme = "activated"

// Name is what a document calls the artifact of an activation. An activation of the same artifact again has another: it is tried
// again, whatever became of the first.
func (a *Activation) Name() string {
	return Scheme + "://" + strconv.FormatInt(a.ID, 10) + "/" + a.Digest + ".tar"
}

// parseName is the opposite of Name; also of one whose slashes were cleaned, as files of a document are called.
func parseName(name string) (id int64, digest string, ok bool) {
	rest, ok := strings.CutPrefix(name, Scheme+":")
	if !ok {
		return 0, "", false
	}
	number, digest, ok := strings.Cut(strings.TrimLeft(rest, "/"), "/")
	if !ok {
		return 0, "", false
	}
	id, err := strconv.ParseInt(number, 10, 64)
	digest, tar := strings.CutSuffix(digest, ".tar")
	return id, digest, err == nil && tar
}
