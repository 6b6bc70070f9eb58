package database

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

func TestFileAddress(t *testing.T) {
	folder := t.TempDir()
	for raw, want := range map[string]string{
		"":                   filepath.Join(folder, "agent.db"),
		"file:/a/b.db":       "/a/b.db",
		"file:///a/b.db":     "/a/b.db",
		"file:/a/with%20b":   "/a/with b",
		"file:/a/100%25?.db": "",
		"file:":              "",
		"file://host/a":      "",
		"file::memory:":      "",
		"file:/a?mode=ro":    "",
		"file:/a%zz":         "",
		"sqlite:/a":          "",
		"/a/b.db":            "",
		"mysql://u:p@h/d":    "",
	} {
		a, err := parse(raw, folder)
		if want == "" {
			if err == nil {
				t.Errorf("%q is taken for %q", raw, a.path)
			}
			continue
		}
		if err != nil || a.path != want || a.dialect != SQLite {
			t.Errorf("%q: %+v, %v; want %q", raw, a, err, want)
		}
	}
	if a, err := parse("file:a.db", folder); err != nil || !filepath.IsAbs(a.path) {
		t.Errorf("a relative path stays one: %+v, %v", a, err)
	}
}

// DATABASE_URLs as Prisma has them are understood.
func TestPostgresAddress(t *testing.T) {
	a, err := parse("postgresql://u:p%40ss@db.example:5432/litellm?schema=my%20schema&connection_limit=3&pool_timeout=20&sslmode=require&connect_timeout=7", "")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(a.conn)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{"search_path": {`"my schema"`}, "sslmode": {"require"}, "connect_timeout": {"7"}}
	if a.maxConns != 3 || u.Query().Encode() != want.Encode() {
		t.Errorf("%d connections, %v", a.maxConns, u.Query())
	}
	if word, _ := u.User.Password(); word != "p@ss" {
		t.Errorf("password %q", word)
	}
	if a.name != "postgres://db.example:5432/litellm" {
		t.Errorf("name %q", a.name)
	}
	for raw, say := range map[string]string{
		"postgres://u:p@h/d?pgbouncer=true":      "direct URL",
		"postgres://u:p@h/d?connection_limit=no": "connection_limit",
		"postgres:///d":                          "no postgres://",
		"host=h password=secret":                 "begins neither",
	} {
		if _, err := parse(raw, ""); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%q: %v; want %q in it", raw, err, say)
		}
	}
}

// Whatever is wrong with a URL, no piece of its password is in the error, nor in the name of one that is accepted.
func TestAddressSecret(t *testing.T) {
	for _, password := range []string{"PLANTED", "PLA:NTED", "PLANTED@x", "12/PLANTED", "PLANTED/x", "12?PLANTED", "12#PLANTED", "PLANTED%zz", "PLANTED[", "PLANTED x", "1\x00PLANTED"} {
		for _, form := range []string{
			"postgres://u:%s@h:5432/d", "postgres://u:%s@h:port/d", "postgresql://u:%s@/d", "postgres:u:%s@h/d", "postgres://u:%s@h/d?connection_limit=x",
			"postgres://u:%s@h/d?pgbouncer=true", "mysql://u:%s@h/d", "host=h password=%s", "postgres://u:%s@h/d?sslmode=wrong", "postgres://u:%s@h/d?connect_timeout=x",
			"postgres://h/d?password=%s&connect_timeout=x", "postgres://h/d?sslpassword=%s&sslmode=wrong", "postgres://h/d?password=%s",
		} {
			raw := strings.Replace(form, "%s", password, 1)
			db, err := Open(t.Context(), raw, Options{Folder: t.TempDir()})
			text := ""
			if err != nil {
				text = err.Error()
			} else {
				text = db.String()
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			}
			if strings.Contains(text, "PLA") || strings.Contains(text, "NTED") {
				t.Errorf("%q: %s", raw, text)
			}
		}
	}
}
