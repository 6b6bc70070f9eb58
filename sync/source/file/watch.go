package file

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// quiet is how long nothing must happen before a change is told: who writes a file writes it in pieces.
const quiet = 100 * time.Millisecond

// maxLinks bounds the links of one path, as the kernel does.
const maxLinks = 40

// watch follows files by the folders they are in: a watch on a file ends when the file is replaced, one on a folder sees
// what comes in its place. Every link on the way is followed the same way.
type watch struct {
	notify  *fsnotify.Watcher
	changed chan struct{}
	done    chan struct{}

	mu      sync.Mutex
	names   map[string]bool // absolute: the files and the links on the way; other things in their folders do not matter
	folders map[string]bool
}

func newWatch() (*watch, error) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	w := &watch{notify: notify, changed: make(chan struct{}, 1), done: make(chan struct{}), folders: map[string]bool{}}
	go w.run()
	return w, nil
}

func (w *watch) close() error {
	err := w.notify.Close()
	<-w.done
	return err
}

// follow replaces what is followed. Folders that are not there are left out: nothing can be said of them until they are.
func (w *watch) follow(paths []string) error {
	names, folders := map[string]bool{}, map[string]bool{}
	var errs []error
	for _, path := range paths {
		absolute, err := filepath.Abs(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		way(absolute, names, folders)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.names = names
	for folder := range w.folders {
		if !folders[folder] {
			delete(w.folders, folder)
			if err := w.notify.Remove(folder); err != nil && !errors.Is(err, fsnotify.ErrNonExistentWatch) && !errors.Is(err, fsnotify.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	for folder := range folders {
		// Added again though it is known: one that was removed and made anew is another folder of the same name.
		if err := w.notify.Add(folder); err != nil {
			delete(w.folders, folder)
			if !errors.Is(err, os.ErrNotExist) && !errors.Is(err, fsnotify.ErrClosed) {
				errs = append(errs, fmt.Errorf("the folder %s: %w", folder, err))
			}
			continue
		}
		w.folders[folder] = true
	}
	return errors.Join(errs...)
}

// way collects the links on the way to a file, the file, and the folders they are in.
func way(path string, names, folders map[string]bool) {
	separator := string(filepath.Separator)
	parts := strings.Split(strings.TrimPrefix(path, separator), separator)
	at := separator
	for links := 0; len(parts) > 0; {
		next := filepath.Join(at, parts[0])
		parts = parts[1:]
		target, err := os.Readlink(next)
		if isLink := err == nil && links < maxLinks; isLink || len(parts) == 0 {
			names[next], folders[at] = true, true
			if !isLink {
				return
			}
		}
		if err != nil || links >= maxLinks {
			at = next
			continue
		}
		links++
		if filepath.IsAbs(target) {
			at = separator
		}
		parts = append(strings.Split(strings.TrimPrefix(filepath.Clean(target), separator), separator), parts...)
	}
}

// run tells of changes when they have settled.
func (w *watch) run() {
	defer close(w.done)
	settled := time.NewTimer(quiet)
	settled.Stop()
	defer settled.Stop()
	for {
		select {
		case e, ok := <-w.notify.Events:
			if !ok {
				return
			}
			if e.Op != fsnotify.Chmod && w.concerns(e.Name) {
				settled.Reset(quiet)
			}
		case _, ok := <-w.notify.Errors:
			if !ok {
				return
			}
			settled.Reset(quiet) // events were lost: one of them may have been ours
		case <-settled.C:
			select {
			case w.changed <- struct{}{}:
			default:
			}
		}
	}
}

// concerns says whether what happened to a path may have changed a file that is followed.
func (w *watch) concerns(path string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.names[path] || w.folders[path]
}
