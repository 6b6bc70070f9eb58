// Package https reads a configuration from a web server, by https:// or http://. It asks with what the server said of the
// document before, its ETag or its time, and may show a bearer token.
package https

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/routeiq/routeiq/sync/source"
)

// maxRedirects bounds the redirects of one fetch.
const maxRedirects = 5

// How a validator begins: which of the two headers it is sent in.
const (
	byETag = "etag:"
	byTime = "modified:"
)

// Source is a document of a web server. Make one with Open.
type Source struct {
	url    *url.URL
	name   string
	token  func() (string, error)
	max    int64
	client *http.Client
}

var (
	_ source.Opener = Open
	_ source.Source = (*Source)(nil)
)

// Open opens an http or https URL. A password in it, or a token, is refused in the clear, except to this machine itself.
func Open(u *url.URL, o source.Options) (source.Source, error) {
	name := source.Redact(u)
	if u.Hostname() == "" {
		return nil, fmt.Errorf("%s: names no host, expected %s://HOST/PATH", name, u.Scheme)
	}
	if u.Scheme != "https" && !loopback(u.Hostname()) && (o.Token != nil || u.User != nil) {
		return nil, fmt.Errorf("%s: the token or password would go over the network in the clear: use https", name)
	}
	if o.Token != nil && u.User != nil {
		return nil, fmt.Errorf("%s: has a user and a token, expected one of them", name)
	}
	s := &Source{url: u, name: name, token: o.Token, max: o.MaxBytes}
	s.client = &http.Client{CheckRedirect: s.redirected}
	return s, nil
}

// redirected bounds redirects. What is secret stays with the host it was meant for: net/http would give it to subdomains,
// and to other ports, too.
func (s *Source) redirected(r *http.Request, via []*http.Request) error {
	switch {
	case len(via) > maxRedirects:
		return &source.Error{URL: s.name, Reason: source.ErrFailing, Detail: fmt.Sprintf("more than %d redirects", maxRedirects), Do: "name the last address itself"}
	case r.URL.Scheme != s.url.Scheme:
		return &source.Error{URL: s.name, Reason: source.ErrRefused, Detail: fmt.Sprintf("it redirects from %s to %s", s.url.Scheme, r.URL.Scheme), Do: "name the address itself"}
	}
	if !strings.EqualFold(r.URL.Host, s.url.Host) {
		r.Header.Del("Authorization")
		r.Header.Del("Cookie")
	}
	r.Header.Del("Referer") // it may hold a signature
	return nil
}

// Fetch implements source.Source.
func (s *Source) Fetch(ctx context.Context, have source.Revision) (d source.Document, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url.String(), nil)
	if err != nil {
		return d, source.Failure(s.name, err)
	}
	validator := have.Validator()
	if tag, ok := strings.CutPrefix(validator, byETag); ok {
		r.Header.Set("If-None-Match", tag)
	} else if at, ok := strings.CutPrefix(validator, byTime); ok {
		r.Header.Set("If-Modified-Since", at)
	}
	r.Header.Set("User-Agent", "routeiq")
	if s.token != nil {
		token, err := s.token()
		if err != nil {
			return d, &source.Error{URL: s.name, Reason: source.ErrRefused, Detail: err.Error()}
		}
		if strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' }) {
			return d, &source.Error{URL: s.name, Reason: source.ErrRefused, Detail: "the token has a blank or a control character in it", Do: "does its file hold more than the token?"}
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := s.client.Do(r)
	if err != nil {
		return d, source.Failure(s.name, err)
	}
	defer func() {
		if closed := response.Body.Close(); err == nil && closed != nil {
			d, err = source.Document{}, source.Failure(s.name, closed)
		}
	}()
	if response.StatusCode == http.StatusNotModified && validator != "" {
		return d, source.ErrNotModified
	}
	if response.StatusCode != http.StatusOK {
		return d, source.Answered(s.name, response.StatusCode, "", response.Header)
	}
	body, err := source.ReadAll(response.Body, s.max)
	if err != nil {
		return d, source.Failure(s.name, err)
	}
	return source.Since(have, said(response.Header), document(body, response.Header))
}

// document fills in what the server says of a body.
func document(body []byte, header http.Header) source.Document {
	d := source.Document{Body: body}
	if at, err := http.ParseTime(header.Get("Last-Modified")); err == nil { // a server that says no time, or none that can be read, said none
		d.Modified = at
	}
	return d
}

// said is the server's word for a revision: the ETag, else the time, else nothing.
func said(header http.Header) string {
	if tag := header.Get("ETag"); tag != "" {
		return byETag + tag
	}
	if at := header.Get("Last-Modified"); at != "" {
		return byTime + at
	}
	return ""
}

// String implements source.Source.
func (s *Source) String() string { return s.name }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
