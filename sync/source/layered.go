package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// Layered makes one source of several, each lying over those before it. The rule: later wins, key by key at every depth.
// A list replaces a list, but an entry of model_list replaces the one below that has its model_info.id, in its place, and
// is appended where there is none, or where it has no id. null takes a value away. A layer's includes are merged into it
// first, so an included file lies below the next layer. The result is one document without includes and comments; with
// one source, that source itself.
//
// All layers must be there: one that cannot be fetched is the whole's error, since half a configuration is another one.
func Layered(sources ...Source) Source {
	if len(sources) == 1 {
		return sources[0]
	}
	l := &layered{sources: sources, last: make([]Document, len(sources)), changed: make(chan struct{}, 1), done: make(chan struct{})}
	for _, s := range sources {
		if c := changes(s); c != nil {
			l.watches.Go(func() { l.forward(c) })
		}
	}
	return l
}

type layered struct {
	sources []Source

	mu   sync.Mutex
	last []Document // what each layer was when it was last fetched: a layer that did not change is not fetched again

	changed chan struct{}
	done    chan struct{}
	once    sync.Once
	watches sync.WaitGroup
}

var (
	_ Source  = (*layered)(nil)
	_ Watcher = (*layered)(nil)
)

// Fetch implements Source. Without have, no layer is asked with a condition.
func (l *layered) Fetch(ctx context.Context, have Revision) (Document, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := sha256.New()
	var d Document
	for i, s := range l.sources {
		known := l.last[i].Revision
		if have == "" {
			known = ""
		}
		switch layer, err := s.Fetch(ctx, known); {
		case err == nil:
			l.last[i] = layer
		case errors.Is(err, ErrNotModified) && known != "":
		default:
			return Document{}, Failure(s.String(), err)
		}
		_, _ = all.Write([]byte(l.last[i].Revision + "\n")) // a hash's Write never fails
		if l.last[i].Modified.After(d.Modified) {
			d.Modified = l.last[i].Modified
		}
	}
	validator := hex.EncodeToString(all.Sum(nil))
	if validator == have.Validator() {
		return Document{}, ErrNotModified
	}
	merged, err := l.merge()
	if err != nil {
		return Document{}, err
	}
	d.Body = merged
	return Since(have, validator, d)
}

// merge lays the layers over one another. Its errors name the layer.
func (l *layered) merge() ([]byte, error) {
	var base *yaml.Node
	for i, d := range l.last {
		over, err := flatten(d)
		if err != nil {
			return nil, &Error{URL: l.sources[i].String(), Reason: ErrLayer, Detail: err.Error()}
		}
		if i == 0 {
			base = over
			continue
		}
		lay(base, over, 0)
	}
	body, err := yaml.Marshal(base)
	if err != nil {
		return nil, &Error{URL: l.String(), Reason: ErrLayer, Detail: err.Error()}
	}
	return body, nil
}

// String implements Source.
func (l *layered) String() string {
	names := make([]string, len(l.sources))
	for i, s := range l.sources {
		names[i] = s.String()
	}
	return strings.Join(names, " + ")
}

// Changed implements Watcher.
func (l *layered) Changed() <-chan struct{} { return l.changed }

func (l *layered) forward(c <-chan struct{}) {
	for {
		select {
		case <-l.done:
			return
		case <-c:
			select {
			case l.changed <- struct{}{}:
			default:
			}
		}
	}
}

// Close ends all layers.
func (l *layered) Close() error {
	l.once.Do(func() { close(l.done) })
	l.watches.Wait()
	var errs []error
	for _, s := range l.sources {
		errs = append(errs, Close(s))
	}
	return errors.Join(errs...)
}
