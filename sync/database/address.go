package database

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// address is a database's URL, read.
type address struct {
	dialect  Dialect
	name     string // for people, without secrets
	path     string // SQLite: the file, absolute
	conn     string // PostgreSQL: the URL for the driver, with its secrets
	maxConns int    // PostgreSQL: 0 is the default
}

// defaultFile is the SQLite file in Options.Folder.
const defaultFile = "agent.db"

// parse reads a URL. What it cannot read it does not repeat: the password may be anywhere in it.
func parse(raw, folder string) (address, error) {
	scheme, rest, found := strings.Cut(raw, ":")
	switch {
	case raw == "":
		return fileAddress(filepath.Join(folder, defaultFile))
	case found && scheme == "file":
		path, err := filePath(rest)
		if err != nil {
			return address{}, err
		}
		return fileAddress(path)
	case found && (scheme == "postgres" || scheme == "postgresql"):
		return postgresAddress(raw)
	}
	return address{}, errors.New("the database's URL (its value is not shown: it may hold a password) begins neither with postgres:// " +
		"nor with file:; set DATABASE_URL=postgres://USER:PASSWORD@HOST:5432/NAME, or file:PATH, or leave it empty for an SQLite file")
}

// filePath reads file:PATH, file:/PATH and file:///PATH.
func filePath(rest string) (string, error) {
	if strings.HasPrefix(rest, "//") {
		if !strings.HasPrefix(rest, "///") {
			return "", fmt.Errorf("database file:%s: a file has no host; write file:PATH or file:///PATH", rest)
		}
		rest = rest[2:]
	}
	if rest == "" || strings.Contains(rest, ":memory:") || strings.ContainsAny(rest, "?#") {
		return "", fmt.Errorf("database file:%s: expected the path of a file, without parameters; what an agent keeps in memory is lost with it", rest)
	}
	path, err := url.PathUnescape(rest)
	if err != nil {
		return "", fmt.Errorf("database file:%s: %w", rest, err)
	}
	return path, nil
}

func fileAddress(path string) (address, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return address{}, fmt.Errorf("database file:%s: %w", path, err)
	}
	return address{dialect: SQLite, name: "file:" + abs, path: abs}, nil
}

// postgresAddress reads a PostgreSQL URL, and what Prisma's URLs say differently: people hand the agent the DATABASE_URL
// they have. See https://www.prisma.io/docs/orm/overview/databases/postgresql for its parameters.
func postgresAddress(raw string) (address, error) {
	const hint = "a character of the password that means something in a URL (one of @ : / ? # %) must be percent-encoded"
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Opaque != "" {
		return address{}, errors.New("the database's URL (not shown: it may hold a password) is no postgres://USER:PASSWORD@HOST:PORT/NAME; " + hint)
	}
	if u.Fragment != "" || strings.ContainsAny(u.EscapedPath(), "@") || strings.Contains(u.RawQuery, "@") || strings.Contains(u.Host, "@") {
		return address{}, errors.New("the database's URL (not shown: it may hold a password) has an @ or a # after the host; " + hint)
	}
	a := address{dialect: PostgreSQL, name: "postgres://" + u.Host + u.EscapedPath()}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return address{}, fmt.Errorf("database %s: its parameters cannot be read; %s", a.name, hint)
	}
	if s := q.Get("schema"); s != "" && !q.Has("search_path") {
		q.Set("search_path", `"`+strings.ReplaceAll(s, `"`, `""`)+`"`)
	}
	if s := q.Get("connection_limit"); s != "" {
		if a.maxConns, err = strconv.Atoi(s); err != nil || a.maxConns < 1 {
			return address{}, fmt.Errorf("database %s: connection_limit=%q: expected a whole number, 1 or more", a.name, s)
		}
	}
	if v := q.Get("pgbouncer"); v == "true" {
		return address{}, fmt.Errorf("database %s: pgbouncer=true: the lock that guards a migration needs a session of its own, which a pool of "+
			"transactions does not give; name the server itself in DATABASE_URL (what Prisma calls the direct URL)", a.name)
	}
	for _, prisma := range []string{"schema", "connection_limit", "pool_timeout", "socket_timeout", "sslaccept", "pgbouncer", "statement_cache_size"} {
		q.Del(prisma)
	}
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20") // to PostgreSQL a + is a plus, also here
	a.conn = u.String()
	return a, nil
}
