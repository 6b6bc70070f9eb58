// Package source says where a configuration comes from: a Source fetches one document from a URL, and says cheaply that
// nothing changed. Each scheme is a package below with one file and its test; the suite all of them pass is
// sourcetest. What is here is common to them: how a revision is written, what may go wrong, layers, the loop that polls,
// and the environment's names. It reads no document but to layer it: what a document means is for later steps.
package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Revision identifies what was fetched. It is opaque but to the source that made it: what the server calls the revision
// (an ETag, a generation, a time), and behind it a hash of the content. The hash is there since servers err: other
// content under the same ETag is another Revision. The empty Revision is none.
type Revision string

// Document is what was fetched.
type Document struct {
	Body     []byte
	Revision Revision
	Modified time.Time         // when the source says it was changed; zero: it does not say
	Files    map[string][]byte // includes that came with it, by their clean path as seen from the document's folder; may be nil
}

// Reader returns a function that reads the document under the given name, and its includes by the path they are included
// by. Where none came with the document, since only files have any, reading one is an error that wraps fs.ErrNotExist.
func (d Document) Reader(name string) func(path string) ([]byte, error) {
	return func(file string) ([]byte, error) {
		if file == name {
			return d.Body, nil
		}
		if text, ok := d.Files[clean(file)]; ok {
			return text, nil
		}
		if rel, err := filepath.Rel(path.Dir(name), file); err == nil { // none from one root to another: then there is no such include
			if text, ok := d.Files[rel]; ok {
				return text, nil
			}
		}
		return nil, &fs.PathError{Op: "include", Path: file, Err: fs.ErrNotExist}
	}
}

// Source is one place a configuration comes from. Implementations are safe for concurrent use.
type Source interface {
	// Fetch returns the document. It returns ErrNotModified when the document is the one of revision have; have may be
	// empty, which asks without a condition. Every other error is an *Error. The size is bounded, the time is by ctx.
	Fetch(ctx context.Context, have Revision) (Document, error)
	// String is the URL without its secrets: no user, password, query or fragment.
	String() string
}

// Watcher is a Source that notices changes itself.
type Watcher interface {
	// Changed gets a value when the document may have changed: a reason to Fetch, no more. It is never closed.
	Changed() <-chan struct{}
}

// ErrNotModified says that the document is the one the caller has.
var ErrNotModified = errors.New("not modified")

// seal separates what a server calls a revision from the hash of the content.
const seal = " sha256:"

// Seal makes the revision of a document: validator is the server's word for it, or empty.
func Seal(validator string, d Document) Revision {
	h := sha256.New()
	write := func(b []byte) { // lengths between the parts: no two documents run together into one
		n := len(b)
		_, _ = h.Write([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}) // a hash's Write never fails
		_, _ = h.Write(b)
	}
	write(d.Body)
	for _, name := range slices.Sorted(maps.Keys(d.Files)) {
		write([]byte(name))
		write(d.Files[name])
	}
	return Revision(validator + seal + hex.EncodeToString(h.Sum(nil)))
}

// Validator returns the server's word for the revision, as it was given to Seal.
func (r Revision) Validator() string {
	if i := strings.LastIndex(string(r), seal); i >= 0 {
		return string(r[:i])
	}
	return ""
}

// Since seals d under validator and returns it, or ErrNotModified when that is the revision the caller has: what a
// source does with an answer that has a body.
func Since(have Revision, validator string, d Document) (Document, error) {
	if d.Revision = Seal(validator, d); d.Revision == have {
		return Document{}, ErrNotModified
	}
	return d, nil
}

// Close ends a source: its watch, if it has one.
func Close(s Source) error {
	if c, ok := s.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// changes returns a source's Changed, or nil, which never gets a value.
func changes(s Source) <-chan struct{} {
	if w, ok := s.(Watcher); ok {
		return w.Changed()
	}
	return nil
}
