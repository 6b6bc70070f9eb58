package follow

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/routeiq/routeiq/abi/update"
)

// statePath is the file of the last update that was taken; empty: there is none. Hosts that share a folder differ by node.
func (f *Follower) statePath() string {
	if f.options.StateDir == "" {
		return ""
	}
	return filepath.Join(f.options.StateDir, "update-"+url.PathEscape(f.options.Node)+".json")
}

// kept reads the last update that was taken. It returns nil, and no error, where there is none.
func (f *Follower) kept() (*update.Update, string, error) {
	path := f.statePath()
	if path == "" {
		return nil, "", nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("the last update that was taken: %w", err)
	}
	u, tag, err := update.Decode(text)
	if err != nil {
		return nil, "", fmt.Errorf("the last update that was taken, %s: %w; delete the file to do without it", path, err)
	}
	return u, tag, nil
}

// keep writes an update that was taken: readable by this user alone, and whole or not at all.
func (f *Follower) keep(u *update.Update) (err error) {
	path := f.statePath()
	if path == "" {
		return nil
	}
	text, _, err := u.Encode()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.options.StateDir, 0o700); err != nil {
		return fmt.Errorf("--state-dir: %w", err)
	}
	file, err := os.CreateTemp(f.options.StateDir, ".update-*") // 0600
	if err != nil {
		return fmt.Errorf("--state-dir: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("--state-dir: %w", errors.Join(err, remove(file.Name())))
		}
	}()
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
