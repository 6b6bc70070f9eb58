package activation

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"sync"

	"github.com/routeiq/routeiq/sync/source"
)

// Source lays the active activations over the operator's document. With none it is that document, to the byte.
func (s *Store) Source(document source.Source) source.Source {
	return &layer{Source: document, store: s}
}

type layer struct {
	source.Source
	store *Store

	mu     sync.Mutex
	last   source.Document // as it came
	active []Activation    // when the database answered last
	asked  bool            // it did
	over   string          // the revision below, and the names of what was laid over it
	whole  source.Document // what was returned
}

var (
	_ source.Source  = (*layer)(nil)
	_ source.Watcher = (*layer)(nil)
	_ io.Closer      = (*layer)(nil)
)

// Changed implements source.Watcher: it tells of the document. Who promotes asks for a fetch.
func (l *layer) Changed() <-chan struct{} {
	if w, ok := l.Source.(source.Watcher); ok {
		return w.Changed()
	}
	return nil
}

// Close implements io.Closer.
func (l *layer) Close() error { return source.Close(l.Source) }

// Fetch implements source.Source.
func (l *layer) Fetch(ctx context.Context, have source.Revision) (source.Document, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := source.Revision("")
	if have != "" && have == l.whole.Revision {
		known = l.last.Revision
	}
	d, err := l.Source.Fetch(ctx, known)
	switch {
	case err == nil:
		l.last = d
	case errors.Is(err, source.ErrNotModified) && known != "":
		d = l.last
	default:
		return d, err
	}
	// While the database is away nothing can be promoted: what was active is, and the step that stores a revision says what is wrong.
	active, err := l.store.Active(ctx)
	switch {
	case err == nil:
		l.active, l.asked = active, true
	case l.asked:
		active = l.active
	default:
		return source.Document{}, &source.Error{URL: "activations", Reason: source.ErrFailing, Detail: err.Error(), Do: "does the database answer?"}
	}
	choices, over := make([]Choice, len(active)), string(d.Revision)
	for i := range active {
		choices[i] = active[i].Choice()
		over += " " + active[i].Name()
	}
	if over != l.over { // a large document is not put together at each look
		if l.whole, err = Over(ctx, d, l.String(), choices); err != nil {
			l.over, l.whole = "", source.Document{}
			return source.Document{}, source.Failure(l.String(), err)
		}
		l.over = over
	}
	if l.whole.Revision == have {
		return source.Document{}, source.ErrNotModified
	}
	return l.whole, nil
}

// Open opens a kept artifact by its name in a document, for source.WithArtifacts; ok tells whether the name is one.
func (s *Store) Open(name string) (_ source.Source, ok bool) {
	_, digest, ok := parseName(name)
	if !ok {
		return nil, false
	}
	return &kept{s, name, digest}, true
}

// kept is an artifact as a source: it never changes.
type kept struct {
	store        *Store
	name, digest string
}

func (k *kept) String() string { return k.name }

// Fetch implements source.Source.
func (k *kept) Fetch(ctx context.Context, have source.Revision) (source.Document, error) {
	if have.Validator() == k.digest {
		return source.Document{}, source.ErrNotModified
	}
	a, err := k.store.Artifact(ctx, k.digest)
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrDigest):
		return source.Document{}, &source.Error{URL: k.name, Reason: source.ErrGone, Detail: err.Error(), Do: "roll the group back, and stage the artifact again"}
	case err != nil:
		return source.Document{}, &source.Error{URL: k.name, Reason: source.ErrFailing, Detail: err.Error(), Do: "does the database answer?"}
	}
	body, err := pack(a)
	if err != nil {
		return source.Document{}, source.Failure(k.name, err)
	}
	return source.Since(have, k.digest, source.Document{Body: body, Modified: a.CreatedAt})
}

// pack writes an artifact as a tar: the same bytes each time, since they count into the revision.
func pack(a Artifact) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, file := range []struct {
		name string
		text []byte
	}{{"manifest.json", a.Manifest}, {"model.safetensors", a.Numbers}} {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: file.name, Mode: 0o644, Size: int64(len(file.text)), Format: tar.FormatUSTAR}); err != nil {
			return nil, err
		}
		if _, err := w.Write(file.text); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
