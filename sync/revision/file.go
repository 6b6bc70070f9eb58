package revision

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// File keeps one revision, the last good one, in a file beside the database, so that an agent starts when neither its source
// nor its database answers. What is read is what was saved last, whole, whenever the machine stopped.
type File struct {
	path string
	mu   sync.Mutex
}

// NewFile is the file at a path. It need not exist; its folder is made when it is saved.
func NewFile(path string) *File { return &File{path: path} }

// String is the file's path.
func (f *File) String() string { return f.path }

// The file is two lines: the SHA-256 of the second, and the revision as JSON.
const digestLen = 2 * sha256.Size

// Save replaces the file: a new one is written beside it, forced to the disk, and renamed. Only its owner can read it.
func (f *File) Save(r Revision) error {
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("revision %s: %w", r.ID, err)
	}
	sum := sha256.Sum256(text)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.replace(append(append(hex.AppendEncode(nil, sum[:]), '\n'), text...)); err != nil {
		return fmt.Errorf("revision %s: the last good file cannot be saved: %w", r.ID, err)
	}
	return nil
}

func (f *File) replace(text []byte) error {
	folder := filepath.Dir(f.path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	// One name, not a new one each time: what a killed agent left is overwritten, not collected.
	temporary := f.path + ".new"
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := write(temporary, text); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	if err := os.Rename(temporary, f.path); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	// The rename itself is on the disk when the folder is.
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// write makes a file that only its owner can read, and returns when it is on the disk.
func write(path string, text []byte) error {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := out.Write(text); err != nil {
		return errors.Join(err, out.Close())
	}
	if err := out.Sync(); err != nil {
		return errors.Join(err, out.Close())
	}
	return out.Close()
}

// Load reads what was saved last. ErrNotFound: there is no file. A file that was damaged or changed is refused.
func (f *File) Load() (Revision, error) {
	text, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return Revision{}, fmt.Errorf("%w: %s does not exist", ErrNotFound, f.path)
	}
	if err != nil {
		return Revision{}, fmt.Errorf("the last good file: %w", err)
	}
	digest, body, _ := bytes.Cut(text, []byte("\n"))
	sum := sha256.Sum256(body)
	if len(digest) != digestLen || hex.EncodeToString(sum[:]) != string(digest) {
		return Revision{}, fmt.Errorf("the last good file %s is damaged: its checksum is not that of its content; delete it, and start the agent with its source or its database reachable", f.path)
	}
	var r Revision
	if err := json.Unmarshal(body, &r); err != nil {
		return Revision{}, fmt.Errorf("the last good file %s: %w", f.path, err)
	}
	return r, nil
}
