package revision_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/revision"
)

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made", "last-good")
	f := revision.NewFile(path)
	if _, err := f.Load(); !errors.Is(err, revision.ErrNotFound) || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
	a, b := document("a", 1), document("b", 2)
	a.State, a.CreatedAt, a.ActivatedAt = revision.Good, time.Now().UTC().Round(0), time.Now().UTC().Round(0)
	for _, r := range []revision.Revision{b, a} {
		must(t, f.Save(r))
		got, err := revision.NewFile(path).Load()
		must(t, err)
		if !reflect.DeepEqual(got, r) {
			t.Errorf("%+v became %+v", r, got)
		}
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v beside it, %v", entries, err)
	}
}

// A file that was cut or changed anywhere is refused, with its path, and never half a revision.
func TestFileDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "last-good")
	f := revision.NewFile(path)
	must(t, f.Save(document("a", 1)))
	whole, err := os.ReadFile(path)
	must(t, err)
	try := func(text []byte) {
		t.Helper()
		must(t, os.WriteFile(path, text, 0o600))
		if _, err := f.Load(); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "damaged") {
			t.Fatalf("%d bytes of %d: %v", len(text), len(whole), err)
		}
	}
	for n := range whole {
		try(whole[:n])
		changed := append([]byte(nil), whole...)
		changed[n] ^= 1
		try(changed)
	}
	must(t, f.Save(document("a", 1)))
	if _, err := f.Load(); err != nil {
		t.Error(err)
	}
}

// What a killed agent left beside the file, open to others or not, is neither read nor in the way; and a save that fails
// leaves the old file.
func TestFileInterrupted(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "last-good")
	f := revision.NewFile(path)
	must(t, f.Save(document("a", 1)))
	must(t, os.WriteFile(path+".new", []byte("half"), 0o644))
	if got, err := f.Load(); err != nil || got.ID != document("a", 1).ID {
		t.Errorf("%v, %v", got.ID, err)
	}
	must(t, f.Save(document("b", 1)))
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	must(t, os.MkdirAll(filepath.Join(path+".new", "full"), 0o700))
	if err := f.Save(document("c", 1)); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
	if got, err := f.Load(); err != nil || got.ID != document("b", 1).ID {
		t.Errorf("%v, %v", got.ID, err)
	}
}

// Who reads while it is saved gets one whole revision or another.
func TestFileHammer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "last-good")
	f := revision.NewFile(path)
	must(t, f.Save(document("a", 1)))
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b", "c"} {
		wg.Go(func() {
			for range 10 {
				if err := f.Save(document(name, 1)); err != nil {
					t.Error(err)
				}
				r, err := revision.NewFile(path).Load()
				if err != nil || revision.ID(r.Source, r.Files) != r.ID {
					t.Errorf("%+v, %v", r, err)
				}
			}
		})
	}
	wg.Wait()
}
