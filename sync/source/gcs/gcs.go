// Package gcs reads a configuration from a bucket of Google Cloud Storage: gs://BUCKET/KEY. Credentials are the
// application's default ones: the file GOOGLE_APPLICATION_CREDENTIALS names, gcloud's, workload identity, or the machine's
// account. STORAGE_EMULATOR_HOST names another server, which is asked without a credential.
//
// It speaks the JSON API itself, with Google's library for credentials alone: reading one object is one request, and the
// client library brings 21.8 MB into a binary of 21.5 MB, where this brings 0.4 MB.
package gcs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"

	"github.com/routeiq/routeiq/sync/source"
)

const (
	// EnvEmulator is the variable Google's own clients read.
	EnvEmulator = "STORAGE_EMULATOR_HOST"

	endpoint = "https://storage.googleapis.com"
	scope    = "https://www.googleapis.com/auth/devstorage.read_only"
	byNumber = "generation:"
)

// Source is an object. Make one with Open.
type Source struct {
	bucket, key, generation string
	server                  string
	max                     int64

	mu     sync.Mutex
	client *http.Client // made by the first fetch that can: looking for credentials may ask the network
}

var (
	_ source.Opener = Open
	_ source.Source = (*Source)(nil)
)

// Open opens gs://BUCKET/KEY. The query generation=N pins a generation of the object.
func Open(u *url.URL, o source.Options) (source.Source, error) {
	s := &Source{bucket: u.Host, key: strings.TrimPrefix(u.Path, "/"), server: endpoint, max: o.MaxBytes}
	query := u.Query()
	s.generation = query.Get("generation")
	query.Del("generation")
	switch _, err := strconv.ParseUint(s.generation, 10, 64); {
	case u.User != nil:
		return nil, fmt.Errorf("gs://%s/%s: has a user in it, expected none: credentials are the application's default ones", s.bucket, s.key)
	case s.bucket == "" || s.key == "":
		return nil, fmt.Errorf("gs://%s/%s: lacks the bucket or the key, expected gs://BUCKET/KEY", s.bucket, s.key)
	case len(query) > 0:
		return nil, fmt.Errorf("gs://%s/%s: has a query other than generation=N", s.bucket, s.key)
	case s.generation != "" && err != nil:
		return nil, fmt.Errorf("gs://%s/%s: the generation is %q, expected a whole number", s.bucket, s.key, s.generation)
	}
	if host := os.Getenv(EnvEmulator); host != "" {
		if !strings.Contains(host, "://") {
			host = "http://" + host
		}
		base, err := url.Parse(host)
		if err != nil || base.Host == "" || base.User != nil {
			return nil, fmt.Errorf("%s: expected HOST:PORT or http://HOST:PORT", EnvEmulator)
		}
		s.server = base.Scheme + "://" + base.Host
		s.client = bounded(http.DefaultTransport)
	}
	return s, nil
}

// String implements source.Source.
func (s *Source) String() string {
	name := "gs://" + s.bucket + "/" + s.key
	if s.generation != "" {
		name += "?generation=" + s.generation
	}
	return name
}

// Fetch implements source.Source.
func (s *Source) Fetch(ctx context.Context, have source.Revision) (d source.Document, err error) {
	client, err := s.open()
	if err != nil {
		return d, err
	}
	query := url.Values{"alt": {"media"}}
	if s.generation != "" {
		query.Set("generation", s.generation)
	}
	known, conditional := strings.CutPrefix(have.Validator(), byNumber)
	if conditional {
		query.Set("ifGenerationNotMatch", known)
	}
	at := s.server + "/storage/v1/b/" + url.PathEscape(s.bucket) + "/o/" + url.PathEscape(s.key) + "?" + query.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return d, source.Failure(s.String(), err)
	}
	r.Header.Set("User-Agent", "routeiq")
	response, err := client.Do(r)
	if err != nil {
		return d, s.failure(err)
	}
	defer func() {
		if closed := response.Body.Close(); err == nil && closed != nil {
			d, err = source.Document{}, source.Failure(s.String(), closed)
		}
	}()
	switch {
	case response.StatusCode == http.StatusNotModified && conditional:
		return d, source.ErrNotModified
	case response.StatusCode != http.StatusOK:
		e := source.Answered(s.String(), response.StatusCode, "", response.Header)
		if errors.Is(e, source.ErrRefused) {
			e.Do = "let the credential do storage.objects.get on the object, and storage.objects.list on the bucket: without that one a missing object is refused, too"
		}
		return d, e
	}
	body, err := source.ReadAll(response.Body, s.max)
	if err != nil {
		return d, source.Failure(s.String(), err)
	}
	validator := ""
	if n := response.Header.Get("X-Goog-Generation"); n != "" {
		validator = byNumber + n
	}
	d = source.Document{Body: body}
	if at, err := http.ParseTime(response.Header.Get("Last-Modified")); err == nil { // none that can be read is none
		d.Modified = at
	}
	return source.Since(have, validator, d)
}

// open returns the client.
func (s *Source) open() (*http.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		return s.client, nil
	}
	// Tokens are renewed as long as the source lives, so not with the context of one fetch.
	found, err := google.FindDefaultCredentials(context.Background(), scope)
	if err != nil {
		return nil, &source.Error{URL: s.String(), Reason: source.ErrRefused, Detail: "no Google credentials were found, or their file cannot be read",
			Do: "set GOOGLE_APPLICATION_CREDENTIALS to a key's file, or give the machine an account"}
	}
	s.client = bounded(&oauth2.Transport{Source: found.TokenSource, Base: http.DefaultTransport})
	return s.client, nil
}

// bounded follows no redirect: the interface has none, and the token goes with every request of its transport.
func bounded(t http.RoundTripper) *http.Client {
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// failure says what an error of a request means. What the token's server answered is not repeated.
func (s *Source) failure(err error) error {
	var token *oauth2.RetrieveError
	if errors.As(err, &token) && token.Response != nil {
		return &source.Error{URL: s.String(), Reason: source.ErrRefused, Detail: "no token is given for the Google credential: status " + strconv.Itoa(token.Response.StatusCode),
			Do: "is the key still valid?"}
	}
	return source.Failure(s.String(), err)
}
