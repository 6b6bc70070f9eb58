// Package revision keeps configurations: what came from a source, what of it is active, and what proved good or bad. The
// database is where all agents read what they serve; a file beside it lets an agent start without it.
//
//	Put ─▶ staged ─▶ Activate ─▶ active ─▶ Good ─▶ good
//	          ▲                    │  └────▶ Bad ──▶ bad: never activated again
//	          └──── another's ◀────┘
package revision

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"
)

// State is what is known of a revision.
type State = string

// The states. A good revision stays good when it is active again: Head tells which is.
const (
	Staged State = "staged" // kept, and not active; or replaced before anything was known of it
	Active State = "active" // what proxies shall run, not yet proven
	Good   State = "good"   // it proved itself
	Bad    State = "bad"    // it was refused or rolled back, and is held until its content changes
)

// Revision is a configuration as it came from its source.
type Revision struct {
	ID         string            // of its content: see ID
	Source     []byte            // the document; it may hold keys people wrote into it
	Files      map[string][]byte // what it includes, by path
	From       string            // the source's URL, without secrets
	Generation uint64            // of the leader that put or activated it last

	CreatedAt   time.Time // when it was put first
	ActivatedAt time.Time // when it was activated last; zero: never
	State       State
	Step        string // that made it bad, such as "parse", "dry run" or "watch"
	Reason      string // why, without secrets
}

// The errors. What a store returns wraps them.
var (
	// ErrStale refuses a writer that led once and does not know that another does now.
	ErrStale = errors.New("another agent leads since: this one's generation is stale")
	// ErrNotFound tells that there is no such revision.
	ErrNotFound = errors.New("no such revision")
	// ErrHeld refuses to activate, or to call good, what was bad.
	ErrHeld = errors.New("the revision was bad and is held until its content changes")
	// ErrConflict refuses another content under an id that is taken.
	ErrConflict = errors.New("another content has this revision's id")
)

// idDigits is the length of an ID, as that of abi.Config.Revision.
const idDigits = 12

// ID is a document's identity: the first hexadecimal digits of the SHA-256 of its bytes. Where it includes files, theirs
// count too: a changed include is another revision.
func ID(source []byte, files map[string][]byte) string {
	h := sha256.New()
	h.Write(source)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		// Lengths keep path and content apart.
		h.Write([]byte("\x00" + strconv.Itoa(len(path)) + " " + strconv.Itoa(len(files[path])) + " " + path))
		h.Write(files[path])
	}
	return hex.EncodeToString(h.Sum(nil))[:idDigits]
}
