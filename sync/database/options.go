package database

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Options say how to open and migrate. The zero value has the defaults of OptionsFrom, and the working folder for Folder.
type Options struct {
	Folder string       // where the SQLite file is that no URL names
	Retry  Retry        // of a migration
	Skip   bool         // PostgreSQL is not migrated here, only checked; an SQLite file has nobody else to do it, and is migrated
	Log    *slog.Logger // retries and migrations; nil: slog.Default
}

// OptionsFrom reads the environment, by the names of the replaced system:
//
//	DB_MIGRATION_MAX_RETRIES   10     tries in all
//	DB_MIGRATION_RETRY_DELAY   5      seconds after the first failure, growing by as much after each
//	DB_MIGRATION_MAX_DELAY     30     seconds, the longest
//	DB_MIGRATION_SKIP          false  true: PostgreSQL is not migrated
//	LITELLM_RUN_DB_MIGRATIONS  true   false: the same
//
// Folder is $ROUTEIQ_STATE_DIR, else what systemd made for the service ($STATE_DIRECTORY), else routeiq below
// $XDG_STATE_HOME, else below ~/.local/state, else the working folder.
func OptionsFrom(getenv func(name string) (string, bool)) (Options, error) {
	e := env{get: getenv}
	o := Options{
		Folder: e.folder(),
		Retry: Retry{
			Tries: e.count("DB_MIGRATION_MAX_RETRIES", defaultRetry.Tries),
			Delay: e.seconds("DB_MIGRATION_RETRY_DELAY", defaultRetry.Delay),
			Max:   e.seconds("DB_MIGRATION_MAX_DELAY", defaultRetry.Max),
		},
		Skip: e.flag("DB_MIGRATION_SKIP", false) || !e.flag("LITELLM_RUN_DB_MIGRATIONS", true),
	}
	return o, e.err
}

// filled returns the options with defaults for what is not said.
func (o Options) filled() Options {
	if o.Retry == (Retry{}) {
		o.Retry = defaultRetry
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

// env reads variables and keeps the first error.
type env struct {
	get func(name string) (string, bool)
	err error
}

func (e *env) value(name string) string {
	v, _ := e.get(name)
	return strings.TrimSpace(v)
}

func (e *env) refuse(name, value, expected string) {
	if e.err == nil {
		e.err = fmt.Errorf("%s=%q: expected %s", name, value, expected)
	}
}

func (e *env) count(name string, otherwise int) int {
	v := e.value(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		e.refuse(name, v, "a whole number of tries, 1 or more")
	}
	return n
}

func (e *env) seconds(name string, otherwise time.Duration) time.Duration {
	v := e.value(name)
	if v == "" {
		return otherwise
	}
	s, err := strconv.ParseFloat(v, 64)
	if err != nil || !(s > 0 && s <= 86400) {
		e.refuse(name, v, "a number of seconds, above 0 and at most 86400")
		return otherwise
	}
	return time.Duration(s * float64(time.Second))
}

func (e *env) flag(name string, otherwise bool) bool {
	switch v := e.value(name); strings.ToLower(v) {
	case "":
		return otherwise
	case "true", "1", "yes", "on":
		return true
	case "false", "0", "no", "off":
		return false
	default:
		e.refuse(name, v, "true or false")
		return otherwise
	}
}

func (e *env) folder() string {
	if dir := e.value("ROUTEIQ_STATE_DIR"); dir != "" {
		return dir
	}
	if dir, _, _ := strings.Cut(e.value("STATE_DIRECTORY"), string(os.PathListSeparator)); dir != "" {
		return dir
	}
	if dir := e.value("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "routeiq")
	}
	if dir := e.value("HOME"); dir != "" {
		return filepath.Join(dir, ".local", "state", "routeiq")
	}
	return "."
}
