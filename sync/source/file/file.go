// Package file reads a configuration from a file, with the files it includes, and watches them: a file that is written in
// place, replaced by rename, or moved under it by a symbolic link, as mounted ConfigMaps are.
package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/routeiq/routeiq/sync/source"
)

// attempts bounds the readings of a set of files that changes while it is read.
const attempts = 5

// Source is a file. Make one with Open.
type Source struct {
	path  string // as it was given, so that includes are found beside the name, not beside what a link leads to
	max   int64
	warn  func(string)
	watch *watch
	name  string // its String
}

var (
	_ source.Opener  = Open
	_ source.Source  = (*Source)(nil)
	_ source.Watcher = (*Source)(nil)
)

// Open opens file:PATH, file:///PATH or a path. It watches from now on; where that cannot be, it says so to o.Warn and the
// file is still read when it is fetched. The file need not be there yet.
func Open(u *url.URL, o source.Options) (source.Source, error) {
	path := u.Path
	if u.Opaque != "" {
		var err error
		if path, err = url.PathUnescape(u.Opaque); err != nil {
			return nil, fmt.Errorf("%s: the path cannot be read: %w", source.Redact(u), err)
		}
	}
	switch {
	case u.Host != "" && u.Host != "localhost":
		return nil, fmt.Errorf("%s: names the host %q, expected file:///%s%s for a path from the root, or file:%s%s", source.Redact(u), u.Host, u.Host, u.Path, u.Host, u.Path)
	case u.RawQuery != "":
		return nil, fmt.Errorf("%s: has a query, which a file has not: write ? as %%3F", source.Redact(u))
	case path == "":
		return nil, errors.New("the configuration is the file with no name, expected file:PATH")
	}
	path = filepath.Clean(path)
	s := &Source{path: path, max: o.MaxBytes, warn: o.Warn, name: "file:" + path}
	w, err := newWatch()
	if err != nil {
		s.warn(fmt.Sprintf("%s: is not watched, changes are seen when it is polled: %v; on Linux raise fs.inotify.max_user_instances", s, err))
	}
	s.watch = w
	s.follow([]string{path})
	return s, nil
}

// Fetch implements source.Source. The revision is the content of the file and of all it includes. They are read twice
// until both readings agree: so files that are replaced one after another are not mixed while that is going on.
func (s *Source) Fetch(ctx context.Context, have source.Revision) (source.Document, error) {
	var before source.Revision
	for range attempts {
		if err := ctx.Err(); err != nil {
			return source.Document{}, source.Failure(s.name, err)
		}
		d, names, err := s.read()
		s.follow(names) // also of what failed: the file that is missing now may come
		if err != nil {
			return source.Document{}, err
		}
		now := source.Seal("", d)
		if now == before {
			return source.Since(have, "", d)
		}
		before = now
	}
	return source.Document{}, &source.Error{URL: s.name, Reason: source.ErrCut, Detail: "it changed each time it was read", Do: "it is fetched again"}
}

// String implements source.Source.
func (s *Source) String() string { return s.name }

// Changed implements source.Watcher.
func (s *Source) Changed() <-chan struct{} {
	if s.watch == nil {
		return nil
	}
	return s.watch.changed
}

// Close ends the watch.
func (s *Source) Close() error {
	if s.watch == nil {
		return nil
	}
	return s.watch.close()
}

// read reads the file and what it includes, and names all it tried to read.
func (s *Source) read() (d source.Document, names []string, err error) {
	left := s.max
	names = []string{s.path}
	body, modified, err := s.one(s.path, &left, "")
	if err != nil {
		return d, names, err
	}
	d.Body, d.Modified = body, modified
	type visit struct{ rel, by string }
	var queue []visit
	for _, name := range includes(body, ".") {
		queue = append(queue, visit{name, s.path})
	}
	for len(queue) > 0 {
		v := queue[0]
		queue = queue[1:]
		if _, seen := d.Files[v.rel]; seen {
			continue
		}
		path := v.rel
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(s.path), path)
		}
		names = append(names, path)
		text, modified, err := s.one(path, &left, v.by)
		if err != nil {
			return d, names, err
		}
		if d.Files == nil {
			d.Files = map[string][]byte{}
		}
		d.Files[v.rel] = text
		if modified.After(d.Modified) {
			d.Modified = modified
		}
		for _, name := range includes(text, filepath.Dir(v.rel)) {
			queue = append(queue, visit{name, path})
		}
	}
	return d, names, nil
}

// one reads one file, of what is left of the bound for all.
func (s *Source) one(path string, left *int64, by string) ([]byte, time.Time, error) {
	fail := func(reason error, detail, do string) ([]byte, time.Time, error) {
		if by != "" {
			detail = fmt.Sprintf("%s, which %s includes: %s", path, by, detail)
		}
		return nil, time.Time{}, &source.Error{URL: s.name, Reason: reason, Detail: detail, Do: do}
	}
	info, err := os.Stat(path) // before it is opened: opening a pipe waits for who writes
	if err == nil && !info.Mode().IsRegular() {
		return fail(source.ErrRefused, "it is no regular file but "+info.Mode().Type().String(), "name a file")
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fail(source.ErrGone, "no such file", "check the path; relative ones begin where the process was started")
	case errors.Is(err, fs.ErrPermission):
		return fail(source.ErrRefused, "permission denied", "let the process's user read it")
	case err != nil:
		return fail(source.ErrFailing, err.Error(), "")
	}
	body, err := source.ReadAll(f, *left)
	if closed := f.Close(); err == nil {
		err = closed
	}
	switch {
	case errors.Is(err, source.ErrTooLarge):
		return fail(source.ErrTooLarge, fmt.Sprintf("with its includes it has more than %d bytes", s.max), "")
	case err != nil:
		return fail(source.ErrFailing, err.Error(), "")
	}
	*left -= int64(len(body))
	return body, info.ModTime(), nil
}

// follow watches files, and warns of what cannot be watched.
func (s *Source) follow(names []string) {
	if s.watch == nil {
		return
	}
	if err := s.watch.follow(names); err != nil {
		s.warn(fmt.Sprintf("%s: is not watched whole, some changes are seen when it is polled: %v", s, err))
	}
}
