package source

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// The environment's names. Those of buckets and CONFIG_ are the replaced system's.
const (
	EnvS3Bucket  = "CONFIG_S3_BUCKET"
	EnvS3Key     = "CONFIG_S3_KEY"
	EnvGCSBucket = "CONFIG_GCS_BUCKET"
	EnvGCSKey    = "CONFIG_GCS_KEY"
	EnvFile      = "LITELLM_CONFIG_PATH"
	EnvSync      = "CONFIG_SYNC_ENABLED"
	EnvInterval  = "CONFIG_SYNC_INTERVAL"
	EnvHotReload = "CONFIG_HOT_RELOAD"
	EnvRollback  = "CONFIG_RELOAD_ROLLBACK"
	EnvMinModels = "HEALTH_MIN_MODELS"
	EnvToken     = "CONFIG_HTTP_TOKEN"
	EnvTokenFile = "CONFIG_HTTP_TOKEN_FILE"
)

// Settings are what the environment says of keeping a configuration up to date.
type Settings struct {
	Sync      bool          // CONFIG_SYNC_ENABLED, true: the source is polled and watched, not only read at the start
	Interval  time.Duration // CONFIG_SYNC_INTERVAL, 60 s: whole seconds, or a duration such as 90s
	HotReload bool          // CONFIG_HOT_RELOAD, true: what changed is put to use by itself
	Rollback  bool          // CONFIG_RELOAD_ROLLBACK, true: the last good revision comes back when a new one goes wrong
	MinModels int           // HEALTH_MIN_MODELS, 1: fewer healthy models make the process not ready
	// Token is the bearer token for https, of CONFIG_HTTP_TOKEN_FILE, read anew each time, or CONFIG_HTTP_TOKEN; nil: none.
	Token func() (string, error)
}

// Poll is the interval for a Poller.
func (s Settings) Poll() time.Duration {
	if !s.Sync {
		return Never
	}
	return s.Interval
}

// FromEnvironment reads the sources' URLs and the settings. Where both buckets are named, the object in Google's lies over
// the one in Amazon's, as the replaced system let it replace it. The file of LITELLM_CONFIG_PATH is the source when no
// bucket is: there it was the place the object was copied to. Errors are about one variable each, and never show a token.
func FromEnvironment(getenv func(name string) (string, bool)) (urls []string, s Settings, errs []error) {
	e := environment{getenv: getenv}
	for _, b := range []struct{ scheme, bucket, key string }{{"s3", EnvS3Bucket, EnvS3Key}, {"gs", EnvGCSBucket, EnvGCSKey}} {
		if u, ok := e.object(b.scheme, b.bucket, b.key); ok {
			urls = append(urls, u)
		}
	}
	if path := e.text(EnvFile); path != "" && len(urls) == 0 && len(e.errs) == 0 {
		urls = append(urls, path)
	}
	s = Settings{
		Sync: e.truth(EnvSync, true), HotReload: e.truth(EnvHotReload, true), Rollback: e.truth(EnvRollback, true),
		Interval: e.interval(EnvInterval), MinModels: e.whole(EnvMinModels, 1), Token: e.token(),
	}
	return urls, s, e.errs
}

// environment collects what is wrong.
type environment struct {
	getenv func(string) (string, bool)
	errs   []error
}

func (e *environment) refuse(name, format string, args ...any) {
	e.errs = append(e.errs, fmt.Errorf(name+": "+format, args...))
}

// text returns a variable's value; one that is set to nothing is as one not set, as charts leave them.
func (e *environment) text(name string) string {
	v, _ := e.getenv(name)
	return strings.TrimSpace(v)
}

func (e *environment) object(scheme, bucketName, keyName string) (string, bool) {
	bucket, key := e.text(bucketName), e.text(keyName)
	switch {
	case bucket == "" && key == "":
		return "", false
	case bucket == "":
		e.refuse(bucketName, "is not set, but %s is: name the bucket", keyName)
		return "", false
	case key == "":
		e.refuse(keyName, "is not set, but %s is: name the object", bucketName)
		return "", false
	case strings.ContainsAny(bucket, "/?#@:"):
		e.refuse(bucketName, "is %q, expected the name of a bucket alone, without a scheme or a path", bucket)
		return "", false
	}
	u := url.URL{Scheme: scheme, Host: bucket, Path: "/" + strings.TrimPrefix(key, "/")}
	return u.String(), true
}

func (e *environment) truth(name string, zero bool) bool {
	switch v := strings.ToLower(e.text(name)); v {
	case "":
		return zero
	case "true", "1", "yes", "on":
		return true
	case "false", "0", "no", "off":
		return false
	default:
		e.refuse(name, "is %q, expected true or false", v)
		return zero
	}
}

func (e *environment) interval(name string) time.Duration {
	v := e.text(name)
	if v == "" {
		return DefaultInterval
	}
	d, err := time.ParseDuration(v)
	if n, whole := strconv.Atoi(v); whole == nil {
		d, err = time.Duration(n)*time.Second, nil
		if n > 7*24*3600 {
			d = 0
		}
	}
	if err != nil || d < time.Second || d > 7*24*time.Hour {
		e.refuse(name, "is %q, expected seconds, from 1 to a week of them; %s=false ends polling", v, EnvSync)
		return DefaultInterval
	}
	return d
}

func (e *environment) whole(name string, zero int) int {
	v := e.text(name)
	if v == "" {
		return zero
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		e.refuse(name, "is %q, expected a whole number, 0 or more", v)
		return zero
	}
	return n
}

func (e *environment) token() func() (string, error) {
	value, path := e.text(EnvToken), e.text(EnvTokenFile)
	switch {
	case value != "" && path != "":
		e.refuse(EnvToken, "and %s are both set, expected one of them", EnvTokenFile)
		return nil
	case value != "":
		return func() (string, error) { return value, nil }
	case path != "":
		return TokenFile(path)
	}
	return nil
}

// TokenFile returns what reads a token from a file, each time it is asked: tokens of clusters are replaced while they run.
func TokenFile(path string) func() (string, error) {
	return func() (string, error) {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("the token cannot be read: %w", err)
		}
		token := strings.TrimSpace(string(text))
		if token == "" {
			return "", errors.New("the token's file " + path + " is empty")
		}
		return token, nil
	}
}
