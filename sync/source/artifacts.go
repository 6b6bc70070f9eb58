package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/routeiq/routeiq/plugins/artifact/bundle"
)

// artifactKey is the key whose values name artifacts.
const artifactKey = "artifact"

// WithArtifacts fetches with a document the trained models that it names: the values of artifact, wherever they stand. They are part
// of the document: another one is another revision, and one that cannot be fetched is an error. base is the URL or path of the
// document, beside which relative names are looked for; open opens a source of one file, which may be large.
func WithArtifacts(s Source, base string, open func(url string) (Source, error)) Source {
	return &artifacts{Source: s, base: base, open: open, parts: map[string]*part{}}
}

type artifacts struct {
	Source
	base string
	open func(url string) (Source, error)

	mu    sync.Mutex
	last  Document // as it came without artifacts
	whole Revision // of what was returned
	parts map[string]*part
}

// part is one file of an artifact.
type part struct {
	source Source
	last   Document
}

var (
	_ Source    = (*artifacts)(nil)
	_ Watcher   = (*artifacts)(nil)
	_ io.Closer = (*artifacts)(nil)
)

// Changed implements Watcher: it tells of the document. Artifacts are looked at when it is polled.
func (a *artifacts) Changed() <-chan struct{} { return changes(a.Source) }

// Close implements io.Closer.
func (a *artifacts) Close() error {
	errs := []error{Close(a.Source)}
	for _, p := range a.parts {
		errs = append(errs, Close(p.source))
	}
	return errors.Join(errs...)
}

// Fetch implements Source.
func (a *artifacts) Fetch(ctx context.Context, have Revision) (Document, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	known := Revision("")
	if have != "" && have == a.whole {
		known = a.last.Revision
	}
	d, err := a.Source.Fetch(ctx, known)
	switch {
	case err == nil:
		a.last = d
	case errors.Is(err, ErrNotModified) && known != "":
		d = a.last
	default:
		return d, err
	}
	files, err := a.files(ctx, &d, have != "")
	if err != nil {
		return Document{}, err
	}
	if len(files) == 0 {
		if a.whole = d.Revision; d.Revision == have {
			return Document{}, ErrNotModified
		}
		return d, nil
	}
	whole := Document{Body: d.Body, Modified: d.Modified, Files: maps.Clone(d.Files)}
	if whole.Files == nil {
		whole.Files = map[string][]byte{}
	}
	maps.Copy(whole.Files, files)
	whole.Revision = Seal(d.Revision.Validator(), whole)
	if a.whole = whole.Revision; whole.Revision == have {
		return Document{}, ErrNotModified
	}
	return whole, nil
}

// files fetches the artifacts of a document, and forgets those it does not name any more. conditional: those that did not change are
// not sent again.
func (a *artifacts) files(ctx context.Context, d *Document, conditional bool) (map[string][]byte, error) {
	wanted := map[string]string{} // the name a document's reader asks for → where it is
	for _, name := range artifactNames(d.Body, ".") {
		a.want(wanted, name)
	}
	for file, text := range d.Files {
		for _, name := range artifactNames(text, path.Dir(file)) {
			a.want(wanted, name)
		}
	}
	files := map[string][]byte{}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		p := a.parts[name]
		if p == nil {
			s, err := a.open(wanted[name])
			if err != nil {
				return nil, &Error{URL: a.String(), Reason: ErrRefused, Detail: fmt.Sprintf("the artifact %s: %v", RedactText(name), err)}
			}
			p = &part{source: s}
			a.parts[name] = p
		}
		known := p.last.Revision
		if !conditional {
			known = ""
		}
		switch got, err := p.source.Fetch(ctx, known); {
		case err == nil:
			p.last = got
		case errors.Is(err, ErrNotModified) && known != "":
		default:
			return nil, Failure(p.source.String(), err)
		}
		files[name] = p.last.Body
	}
	for name, p := range a.parts {
		if _, still := wanted[name]; !still {
			delete(a.parts, name)
			if err := Close(p.source); err != nil {
				return nil, Failure(p.source.String(), err)
			}
		}
	}
	return files, nil
}

// want adds the files of an artifact: a .tar, or the two in a folder.
func (a *artifacts) want(wanted map[string]string, name string) {
	for _, part := range bundle.Parts(name) {
		wanted[clean(part)] = a.beside(part)
	}
}

func clean(name string) string { return path.Clean(name) }

// beside is where a file is that a document names.
func (a *artifacts) beside(name string) string {
	if scheme.MatchString(name) || path.IsAbs(name) {
		return name
	}
	if !scheme.MatchString(a.base) {
		return path.Join(path.Dir(a.base), name)
	}
	u, err := url.Parse(a.base)
	if err != nil {
		return name
	}
	if u.Opaque != "" { // file:config.yaml
		u.Opaque = path.Join(path.Dir(u.Opaque), name)
		return u.String()
	}
	u.Path, u.Fragment = path.Join(path.Dir(u.Path), name), ""
	return u.String()
}

// artifactNames returns the artifacts a text names: paths are relative to the document's folder, where folder is the text's own. A
// text that is no YAML has none: the step that parses says what is wrong.
func artifactNames(text []byte, folder string) []string {
	if !bytes.Contains(text, []byte("artifact")) {
		return nil
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil
	}
	var names []string
	var walk func(n *yaml.Node, depth int)
	walk = func(n *yaml.Node, depth int) {
		if depth > 64 {
			return
		}
		if n.Kind == yaml.MappingNode {
			for i := 0; i+1 < len(n.Content); i += 2 {
				value := n.Content[i+1]
				if value.Kind == yaml.AliasNode {
					value = value.Alias
				}
				if n.Content[i].Value != artifactKey || value.Kind != yaml.ScalarNode || value.Value == "" {
					continue
				}
				name := value.Value
				if !path.IsAbs(name) && !scheme.MatchString(name) {
					name = path.Join(folder, name)
				}
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
		for _, c := range n.Content {
			walk(c, depth+1)
		}
	}
	walk(&document, 0)
	return names
}

// SameHost tells whether two URLs are of one server, by scheme, name and port.
func SameHost(a, b string) bool {
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)
	return errX == nil && errY == nil && x.Host != "" && x.Scheme == y.Scheme && strings.EqualFold(x.Host, y.Host)
}
