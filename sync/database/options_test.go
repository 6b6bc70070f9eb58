package database

import (
	"strings"
	"testing"
	"time"
)

func environment(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}

func TestOptionsFrom(t *testing.T) {
	o, err := OptionsFrom(environment(nil))
	if err != nil || o.Retry != (Retry{Tries: 10, Delay: 5 * time.Second, Max: 30 * time.Second}) || o.Skip || o.Folder != "." {
		t.Errorf("nothing said: %+v, %v", o, err)
	}
	o, err = OptionsFrom(environment(map[string]string{
		"DB_MIGRATION_MAX_RETRIES": "3", "DB_MIGRATION_RETRY_DELAY": "0.5", "DB_MIGRATION_MAX_DELAY": " 7 ",
	}))
	if err != nil || o.Retry != (Retry{Tries: 3, Delay: 500 * time.Millisecond, Max: 7 * time.Second}) {
		t.Errorf("%+v, %v", o, err)
	}
	for _, c := range []struct {
		skip, run string
		want      bool
	}{
		{"", "", false}, {"true", "", true}, {"1", "true", true}, {"", "false", true}, {"", "0", true},
		{"false", "true", false}, {"FALSE", "", false}, {"Yes", "", true}, {"", "off", true},
	} {
		o, err := OptionsFrom(environment(map[string]string{"DB_MIGRATION_SKIP": c.skip, "LITELLM_RUN_DB_MIGRATIONS": c.run}))
		if err != nil || o.Skip != c.want {
			t.Errorf("skip %q, run %q: %v, %v; want %v", c.skip, c.run, o.Skip, err, c.want)
		}
	}
	for _, c := range []struct {
		vars map[string]string
		want string
	}{
		{map[string]string{"ROUTEIQ_STATE_DIR": "/a", "STATE_DIRECTORY": "/b", "HOME": "/c"}, "/a"},
		{map[string]string{"STATE_DIRECTORY": "/b:/bb", "XDG_STATE_HOME": "/x", "HOME": "/c"}, "/b"},
		{map[string]string{"XDG_STATE_HOME": "/x", "HOME": "/c"}, "/x/routeiq"},
		{map[string]string{"HOME": "/c"}, "/c/.local/state/routeiq"},
	} {
		if o, err := OptionsFrom(environment(c.vars)); err != nil || o.Folder != c.want {
			t.Errorf("%v: %q, %v; want %q", c.vars, o.Folder, err, c.want)
		}
	}
}

// A value that cannot be meant is refused with its name, itself, and what was expected.
func TestOptionsRefused(t *testing.T) {
	for name, value := range map[string]string{
		"DB_MIGRATION_MAX_RETRIES": "0", "DB_MIGRATION_RETRY_DELAY": "-1", "DB_MIGRATION_MAX_DELAY": "NaN",
		"DB_MIGRATION_SKIP": "maybe", "LITELLM_RUN_DB_MIGRATIONS": "tru",
	} {
		_, err := OptionsFrom(environment(map[string]string{name: value}))
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), value) || !strings.Contains(err.Error(), "expected") {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}
