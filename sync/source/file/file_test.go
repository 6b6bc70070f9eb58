package file

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/source"
	"github.com/routeiq/routeiq/sync/source/sourcetest"
)

var schemes = map[string]source.Opener{"file": Open}

// TestSuite: a file written in place, one that is replaced by rename, and one that a ConfigMap's links lead to.
func TestSuite(t *testing.T) {
	for name, put := range map[string]func(t *testing.T, path string, content []byte){"in place": write, "by rename": replace, "by links": mount} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) *sourcetest.Subject {
				path := filepath.Join(t.TempDir(), "config.yaml")
				return &sourcetest.Subject{
					Source: open(t, path, nil),
					Put:    func(t *testing.T, content []byte) { put(t, path, content) },
					Remove: func(t *testing.T) { must(t, os.Remove(path)) },
				}
			})
		})
	}
}

// TestIncludes: they come with the document, by the path they are included by, and count into the revision and the bound.
func TestIncludes(t *testing.T) {
	folder := t.TempDir()
	main := filepath.Join(folder, "conf", "config.yaml")
	write(t, main, []byte("include: [models/a.yaml, ../b.yaml, "+folder+"/c.yaml, models/a.yaml]\n"))
	write(t, filepath.Join(folder, "conf", "models", "a.yaml"), []byte("include: [deep/d.yaml, ../config.yaml]\n"))
	write(t, filepath.Join(folder, "conf", "models", "deep", "d.yaml"), []byte("include: [gone.txt\n")) // no YAML: no includes
	write(t, filepath.Join(folder, "b.yaml"), []byte("b: 1\n"))
	write(t, filepath.Join(folder, "c.yaml"), []byte("c: 1\n"))
	s := open(t, main, nil)
	d, err := s.Fetch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"../b.yaml", folder + "/c.yaml", "config.yaml", "models/a.yaml", "models/deep/d.yaml"}
	if got := slices.Sorted(maps.Keys(d.Files)); !slices.Equal(got, want) {
		t.Errorf("includes %q, want %q", got, want)
	}
	for _, name := range []string{"config.yaml", main} { // as a compiler asks for them, under either name
		read := d.Reader(name)
		for _, path := range []string{name, filepath.Join(filepath.Dir(name), "../b.yaml"), filepath.Join(filepath.Dir(name), "models/deep/d.yaml"), folder + "/c.yaml"} {
			if text, err := read(path); err != nil || len(text) == 0 {
				t.Errorf("as %s, %s: %q, %v", name, path, text, err)
			}
		}
		if _, err := read("gone.yaml"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("no such include: %v", err)
		}
	}
	write(t, filepath.Join(folder, "b.yaml"), []byte("b: 2\n"))
	changed, err := s.Fetch(t.Context(), d.Revision)
	if err != nil || changed.Revision == d.Revision {
		t.Errorf("an include changed: %v", err)
	}
	write(t, filepath.Join(folder, "b.yaml"), []byte("# "+strings.Repeat("x", sourcetest.MaxBytes)))
	if _, err := s.Fetch(t.Context(), ""); !errors.Is(err, source.ErrTooLarge) || !strings.Contains(err.Error(), "b.yaml") {
		t.Errorf("large include: %v", err)
	}
	must(t, os.Remove(filepath.Join(folder, "b.yaml")))
	if _, err := s.Fetch(t.Context(), ""); !errors.Is(err, source.ErrGone) || !strings.Contains(err.Error(), "b.yaml") || !strings.Contains(err.Error(), "includes") {
		t.Errorf("no such include: %v", err)
	}
}

// TestNoFile: what is there and is no file, without waiting for it.
func TestNoFile(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder, nil)
	if _, err := s.Fetch(t.Context(), ""); !errors.Is(err, source.ErrRefused) || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a folder: %v", err)
	}
}

// TestOpen: the ways to name a file.
func TestOpen(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "c d?.yaml", []byte("a: 1"))
	here, err := os.Getwd()
	must(t, err)
	for _, url := range []string{"c d?.yaml", "file:c%20d%3F.yaml", "file:" + here + "/c%20d%3F.yaml", "file://" + here + "/c%20d%3F.yaml", "file://localhost" + here + "/c%20d%3F.yaml", here + "/c d?.yaml", "./c d?.yaml"} {
		s, err := source.Open(url, source.Options{Schemes: schemes})
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if _, err := s.Fetch(t.Context(), ""); err != nil {
			t.Errorf("%s: %v", url, err)
		}
		must(t, source.Close(s))
	}
	for url, want := range map[string]string{"file://etc/c.yaml": "file:///etc/c.yaml", "file:///c.yaml?x": "%3F", "": "no name", "file:": "no name", "file:%zz": ""} {
		if _, err := source.Open(url, source.Options{Schemes: schemes}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// TestWatch: each way of changing a document is told, and each again.
func TestWatch(t *testing.T) {
	for name, put := range map[string]func(t *testing.T, path string, content []byte){"in place": write, "by rename": replace, "by links": mount} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.yaml")
			s := open(t, path, nil)
			var d source.Document
			for i, text := range []string{"a: 1", "a: 2", "a: 3"} { // the first one comes to a folder that was empty
				put(t, path, []byte(text))
				told(t, s)
				got, err := s.Fetch(t.Context(), d.Revision)
				if err != nil || string(got.Body) != text {
					t.Fatalf("change %d: %q, %v", i, got.Body, err)
				}
				d = got
			}
			must(t, os.Remove(path))
			told(t, s)
		})
	}
}

// TestWatchIncludes: an include is watched once it was read, in another folder, even one that comes later; a link to the
// folder, too; a neighbour of the file is not.
func TestWatchIncludes(t *testing.T) {
	folder := t.TempDir()
	main := filepath.Join(folder, "config.yaml")
	write(t, main, []byte("include: [current/a.yaml]"))
	s := open(t, main, nil)
	if _, err := s.Fetch(t.Context(), ""); !errors.Is(err, source.ErrGone) {
		t.Fatalf("fetch: %v", err)
	}
	write(t, filepath.Join(folder, "v1", "a.yaml"), []byte("a: 1"))
	must(t, os.Symlink("v1", filepath.Join(folder, "current")))
	fetch(t, s) // the interval's: the folder was not there to be watched
	settle(s)
	write(t, filepath.Join(folder, "v1", "a.yaml"), []byte("a: 2"))
	told(t, s)
	fetch(t, s)
	write(t, filepath.Join(folder, "v2", "a.yaml"), []byte("a: 3"))
	must(t, os.Symlink("v2", filepath.Join(folder, "next")))
	must(t, os.Rename(filepath.Join(folder, "next"), filepath.Join(folder, "current")))
	told(t, s)
	if d := fetch(t, s); string(d.Files["current/a.yaml"]) != "a: 3" {
		t.Errorf("include: %q", d.Files["current/a.yaml"])
	}
	write(t, filepath.Join(folder, "v2", "a.yaml"), []byte("a: 4"))
	told(t, s)
	settle(s)
	w := s.(source.Watcher)
	write(t, filepath.Join(folder, "neighbour.yaml"), []byte("a: 1"))
	write(t, filepath.Join(folder, "v1", "a.yaml"), []byte("a: 9")) // nothing leads there any more
	write(t, filepath.Join(folder, "v2", "neighbour.yaml"), []byte("a: 1"))
	select {
	case <-w.Changed():
		t.Error("told of a neighbour")
	case <-time.After(5 * quiet):
	}
}

// TestFolderReplaced: a folder that is removed and made anew is followed from the next fetch on.
func TestFolderReplaced(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "etc")
	path := filepath.Join(folder, "config.yaml")
	write(t, path, []byte("a: 1"))
	s := open(t, path, nil)
	fetch(t, s)
	must(t, os.RemoveAll(folder))
	told(t, s)
	write(t, path, []byte("a: 2"))
	fetch(t, s)
	settle(s)
	write(t, path, []byte("a: 3"))
	told(t, s)
}

// TestMixed: files that are replaced all the time by one rename are read as they were at one moment.
func TestMixed(t *testing.T) {
	folder := t.TempDir()
	version := func(n int) string { return fmt.Sprintf("..v%06d", n) }
	set := func(n int) {
		write(t, filepath.Join(folder, version(n), "config.yaml"), fmt.Appendf(nil, "include: [a.yaml]\nn: %06d", n))
		write(t, filepath.Join(folder, version(n), "a.yaml"), fmt.Appendf(nil, "n: %06d", n))
		must(t, os.Symlink(version(n), filepath.Join(folder, "..tmp")))
		must(t, os.Rename(filepath.Join(folder, "..tmp"), filepath.Join(folder, "..data")))
	}
	set(0)
	for _, name := range []string{"config.yaml", "a.yaml"} {
		must(t, os.Symlink(filepath.Join("..data", name), filepath.Join(folder, name)))
	}
	s := open(t, filepath.Join(folder, "config.yaml"), nil)
	var stop atomic.Bool
	done := make(chan int)
	go func() {
		n := 0
		for !stop.Load() {
			n++
			set(n)
		}
		done <- n
	}()
	for range 200 {
		d, err := s.Fetch(t.Context(), "")
		if errors.Is(err, source.ErrCut) {
			continue // it changed each time
		}
		if err != nil {
			t.Fatal(err)
		}
		main, included := string(d.Body[len(d.Body)-6:]), string(d.Files["a.yaml"][len("n: "):])
		if main != included {
			t.Fatalf("the file of version %s came with the include of version %s", main, included)
		}
	}
	stop.Store(true)
	last := fmt.Sprintf("n: %06d", <-done)
	if d := fetch(t, s); string(d.Files["a.yaml"]) != last {
		t.Errorf("at rest: %q, want %q", d.Files["a.yaml"], last)
	}
}

// TestWarn: what cannot be watched is said, and still read.
func TestWarn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	write(t, path, []byte("a: 1"))
	var warned []string
	s := open(t, path, func(text string) { warned = append(warned, text) }).(interface {
		source.Source
		source.Watcher
		Close() error
	})
	must(t, s.Close())
	if _, err := s.Fetch(t.Context(), ""); err != nil {
		t.Errorf("after the watch ended: %v", err)
	}
	if len(warned) > 0 {
		t.Errorf("an ended watch was complained of: %q", warned)
	}
}

func open(t *testing.T, path string, warn func(string)) source.Source {
	t.Helper()
	s, err := source.Open(path, source.Options{Schemes: schemes, MaxBytes: sourcetest.MaxBytes, Warn: warn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := source.Close(s); err != nil {
			t.Error(err)
		}
	})
	return s
}

func fetch(t *testing.T, s source.Source) source.Document {
	t.Helper()
	d, err := s.Fetch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// told waits for a change to be told.
func told(t *testing.T, s source.Source) {
	t.Helper()
	select {
	case <-s.(source.Watcher).Changed():
	case <-time.After(10 * time.Second):
		t.Fatal("the change was not told")
	}
}

// settle takes what is told of changes that are over.
func settle(s source.Source) {
	for {
		select {
		case <-s.(source.Watcher).Changed():
		case <-time.After(3 * quiet):
			return
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// write writes in place.
func write(t *testing.T, path string, content []byte) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, content, 0o600))
}

// replace writes beside it and renames, as editors do.
func replace(t *testing.T, path string, content []byte) {
	t.Helper()
	write(t, path+".new", content)
	must(t, os.Rename(path+".new", path))
}

// mount does as a kubelet: the name is a link into ..data, which is a link to a folder that is made anew each time.
func mount(t *testing.T, path string, content []byte) {
	t.Helper()
	folder := filepath.Dir(path)
	old, err := os.Readlink(filepath.Join(folder, "..data"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	next, err := os.MkdirTemp(folder, "..20")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(next, filepath.Base(path)), content)
	must(t, os.Symlink(filepath.Base(next), filepath.Join(folder, "..data_tmp")))
	must(t, os.Rename(filepath.Join(folder, "..data_tmp"), filepath.Join(folder, "..data")))
	if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		must(t, os.Symlink(filepath.Join("..data", filepath.Base(path)), path))
	}
	if old != "" {
		must(t, os.RemoveAll(filepath.Join(folder, old)))
	}
}
