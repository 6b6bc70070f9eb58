package source

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// vars is an environment.
func vars(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, pair := range pairs {
			if k, v, _ := strings.Cut(pair, "="); k == name {
				return v, true
			}
		}
		return "", false
	}
}

// TestDefaults: what holds where nothing is set, or everything is set to nothing.
func TestDefaults(t *testing.T) {
	want := Settings{Sync: true, Interval: time.Minute, HotReload: true, Rollback: true, MinModels: 1}
	for _, getenv := range []func(string) (string, bool){vars(), func(string) (string, bool) { return "", true }} {
		urls, got, errs := FromEnvironment(getenv)
		if len(urls)+len(errs) > 0 || got.Token != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q, %v, %v", urls, got, errs)
		}
	}
}

// TestURLs: which sources, in which order.
func TestURLs(t *testing.T) {
	for _, c := range []struct{ set, urls, errs string }{
		{"CONFIG_S3_BUCKET=b CONFIG_S3_KEY=fleet/config.yaml", "s3://b/fleet/config.yaml", ""},
		{"CONFIG_S3_BUCKET=b CONFIG_S3_KEY=/a?b#c.yaml", "s3://b/a%3Fb%23c.yaml", ""},
		{"CONFIG_GCS_BUCKET=g CONFIG_GCS_KEY=c.yaml", "gs://g/c.yaml", ""},
		{"CONFIG_GCS_BUCKET=g CONFIG_GCS_KEY=c.yaml CONFIG_S3_BUCKET=b CONFIG_S3_KEY=k LITELLM_CONFIG_PATH=/app/config.yaml", "s3://b/k gs://g/c.yaml", ""},
		{"LITELLM_CONFIG_PATH=/app/config.yaml", "/app/config.yaml", ""},
		{"CONFIG_S3_BUCKET=b LITELLM_CONFIG_PATH=/app/config.yaml", "", "CONFIG_S3_KEY: is not set, but CONFIG_S3_BUCKET is"},
		{"CONFIG_GCS_KEY=k", "", "CONFIG_GCS_BUCKET: is not set, but CONFIG_GCS_KEY is"},
		{"CONFIG_S3_BUCKET=s3://b CONFIG_S3_KEY=k", "", `CONFIG_S3_BUCKET: is "s3://b", expected the name of a bucket alone`},
	} {
		urls, _, errs := FromEnvironment(vars(strings.Fields(c.set)...))
		if got := strings.Join(urls, " "); got != c.urls || len(errs) > 1 || c.errs == "" != (len(errs) == 0) || !strings.Contains(fmt.Sprint(errs), c.errs) {
			t.Errorf("%s: %q, %v", c.set, urls, errs)
		}
	}
}

// TestSettings: each value that is taken, and each that is refused, with the name and what was expected.
func TestSettings(t *testing.T) {
	for set, want := range map[string]Settings{
		"CONFIG_SYNC_ENABLED=false":    {Interval: time.Minute, HotReload: true, Rollback: true, MinModels: 1},
		"CONFIG_HOT_RELOAD=No":         {Sync: true, Interval: time.Minute, Rollback: true, MinModels: 1},
		"CONFIG_RELOAD_ROLLBACK=0":     {Sync: true, Interval: time.Minute, HotReload: true, MinModels: 1},
		"CONFIG_SYNC_INTERVAL=5":       {Sync: true, Interval: 5 * time.Second, HotReload: true, Rollback: true, MinModels: 1},
		"CONFIG_SYNC_INTERVAL=1m30s":   {Sync: true, Interval: 90 * time.Second, HotReload: true, Rollback: true, MinModels: 1},
		"HEALTH_MIN_MODELS=0":          {Sync: true, Interval: time.Minute, HotReload: true, Rollback: true},
		"CONFIG_SYNC_ENABLED= TRUE ":   {Sync: true, Interval: time.Minute, HotReload: true, Rollback: true, MinModels: 1},
		"CONFIG_SYNC_INTERVAL= 604800": {Sync: true, Interval: 7 * 24 * time.Hour, HotReload: true, Rollback: true, MinModels: 1},
	} {
		if _, got, errs := FromEnvironment(vars(set)); len(errs) > 0 || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, %v", set, got, errs)
		}
	}
	for set, want := range map[string]string{
		"CONFIG_SYNC_ENABLED=maybe": "true or false", "CONFIG_HOT_RELOAD=2": "true or false", "CONFIG_RELOAD_ROLLBACK=x": "true or false",
		"CONFIG_SYNC_INTERVAL=0": "CONFIG_SYNC_ENABLED=false", "CONFIG_SYNC_INTERVAL=-5": "seconds", "CONFIG_SYNC_INTERVAL=x": "seconds",
		"CONFIG_SYNC_INTERVAL=99999999999999999": "seconds", "CONFIG_SYNC_INTERVAL=10ms": "seconds", "HEALTH_MIN_MODELS=-1": "whole number", "HEALTH_MIN_MODELS=x": "whole number",
	} {
		name, _, _ := strings.Cut(set, "=")
		_, got, errs := FromEnvironment(vars(set))
		if len(errs) != 1 || !strings.HasPrefix(errs[0].Error(), name+": ") || !strings.Contains(errs[0].Error(), want) {
			t.Errorf("%s: %v", set, errs)
		}
		if got.Interval != time.Minute || got.MinModels != 1 {
			t.Errorf("%s: %v is no default", set, got)
		}
	}
	if _, s, errs := FromEnvironment(vars("CONFIG_SYNC_ENABLED=x", "HEALTH_MIN_MODELS=x", "CONFIG_S3_KEY=k")); len(errs) != 3 || s.Poll() != time.Minute {
		t.Errorf("all that is wrong is said at once: %v", errs)
	}
	if _, s, _ := FromEnvironment(vars("CONFIG_SYNC_ENABLED=off", "CONFIG_SYNC_INTERVAL=5")); s.Poll() != Never {
		t.Errorf("without polling, the interval is %v", s.Poll())
	}
}

// TestToken: of a variable, or of a file that is read anew each time; never shown.
func TestToken(t *testing.T) {
	const planted = "tok-planted"
	path := filepath.Join(t.TempDir(), "token")
	var seen []string
	for _, text := range []string{planted + "\n", planted + "2"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, set := range []string{"CONFIG_HTTP_TOKEN_FILE=" + path, "CONFIG_HTTP_TOKEN=" + planted} {
			_, s, errs := FromEnvironment(vars(set))
			if len(errs) > 0 || s.Token == nil || strings.Contains(fmt.Sprintf("%v %+v %#v", s, s, s), planted) {
				t.Fatalf("%v, %v", s, errs)
			}
			token, err := s.Token()
			if err != nil {
				t.Error(err)
			}
			seen = append(seen, token)
		}
	}
	if want := []string{planted, planted, planted + "2", planted}; !slices.Equal(seen, want) {
		t.Errorf("tokens %q, want %q", seen, want)
	}
	if err := os.WriteFile(path, []byte(" \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, path + ".gone"} {
		if _, err := TokenFile(file)(); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", file, err)
		}
	}
	_, s, errs := FromEnvironment(vars("CONFIG_HTTP_TOKEN="+planted, "CONFIG_HTTP_TOKEN_FILE="+path))
	if len(errs) != 1 || strings.Contains(errs[0].Error(), planted) || s.Token != nil {
		t.Errorf("both: %v", errs)
	}
}
